import { withAnySignal } from '../../rollout/any-signal.ts';
import type { Agent } from './agent.ts';
import { wantedOverrides, withoutHeld } from './held-servers.ts';
import type { Memory } from './memory.ts';
import type { Orders } from './orders.ts';

/** Milliseconds until a running change is first reported, and between later reads of the orders if no watch triggers one. */
const firstPoll = 1000;
const pollInterval = 10_000;

/**
 * Runs a task that may take hours, as servers drain, and aborts its signal as soon as something else is wanted: a rollback or
 * another override cannot wait that long. The signal is also aborted when the agent is told to end. `report` is called shortly
 * after the beginning, and then for new orders that leave the task as it is.
 */
export async function whileWanted<T>(
  agent: Agent,
  memory: Memory,
  orders: Orders,
  task: (stop: AbortSignal) => Promise<T>,
  report: (orders: Orders) => Promise<void>,
): Promise<T> {
  const other = new AbortController();
  const over = new AbortController();
  return withAnySignal([agent.stop, other.signal], async (stop) => {
    const isOver = () => stop.aborted || over.signal.aborted;
    const polling = (async () => {
      let seen = orders;
      let reported: Orders | undefined;
      for (let time = firstPoll; ; time = pollInterval) {
        await agent.orders.wait(seen, time, over.signal);
        if (isOver()) return;
        seen = await agent.orders.read(memory);
        if (isOver()) return;
        if (seen.view.kind !== 'read') continue;
        if (await isOtherWanted(agent, memory, orders, seen)) return other.abort();
        if (!reported || hasNewTarget(reported, seen)) await report(seen);
        reported = seen;
      }
    })();
    polling.catch(() => other.abort());
    try {
      return await task(stop);
    } finally {
      over.abort();
      await polling;
    }
  });
}

/** Returns whether something else is wanted that can be done: an invalid or missing revision leaves the task as it is. */
async function isOtherWanted(
  { orders }: Agent,
  memory: Memory,
  before: Orders,
  now: Orders,
): Promise<boolean> {
  // The task may be a rollout, which ends the holding of servers.
  const wanted = (orders: Orders) => wantedOverrides(withoutHeld(memory), orders).join();
  if (wanted(now) !== wanted(before)) return true;
  const [one, other] = [targetOf(before)?.content, targetOf(now)?.content];
  if (one?.rollout === other?.rollout && one?.revision === other?.revision) return false;
  return other?.revision !== undefined && (await orders.fetch(other.revision)).kind === 'accepted';
}

function hasNewTarget(before: Orders, now: Orders): boolean {
  return targetOf(before)?.modRevision !== targetOf(now)?.modRevision;
}

function targetOf({ view }: Orders) {
  return view.kind === 'read' ? view.target : undefined;
}
