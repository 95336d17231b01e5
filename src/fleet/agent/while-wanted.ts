import type { Agent } from './agent.ts';
import type { Memory } from './memory.ts';
import type { Orders } from './orders.ts';

/** Milliseconds between two looks for other orders where nothing tells of them. */
const lookTime = 10_000;

/**
 * Runs a task that may take hours, as servers drain, and aborts its signal as soon as something else is wanted: a rollback, or
 * another server out of service, cannot wait for that. It is aborted too when the agent is told to end.
 */
export async function whileWanted<T>(
  agent: Agent,
  memory: Memory,
  orders: Orders,
  task: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const other = new AbortController();
  const over = new AbortController();
  const stop = AbortSignal.any([agent.stop, other.signal]);
  const looking = (async () => {
    while (!stop.aborted && !over.signal.aborted) {
      await agent.orders.wait(orders, lookTime, over.signal);
      if (stop.aborted || over.signal.aborted) return;
      if (!isSame(orders, await agent.orders.read(memory))) other.abort();
    }
  })();
  looking.catch(() => other.abort());
  try {
    return await task(stop);
  } finally {
    over.abort();
    await looking;
  }
}

/** Tells whether a source wants what it wanted before, or does not say. */
function isSame(before: Orders, now: Orders): boolean {
  if (before.view.kind !== 'read' || now.view.kind !== 'read') return true;
  const [one, other] = [before.view.target?.content, now.view.target?.content];
  const isOverridden = now.overrides !== undefined && `${now.overrides}` !== `${before.overrides}`;
  return one?.rollout === other?.rollout && one?.revision === other?.revision && !isOverridden;
}
