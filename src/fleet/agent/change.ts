import type { DirectorState } from '../../ipvs/state.ts';
import { formatRules } from '../../rules/format.ts';
import { commandsOf } from '../../rules/table.ts';
import type { Refusal } from '../documents/report.ts';
import { withOverrides } from '../overrides/apply.ts';
import { sha256Of } from '../revisions/contents.ts';
import type { Agent } from './agent.ts';
import { recordAndConverge } from './converge.ts';
import { isOfAcceptedStore, type Order } from './decide.ts';
import type { Outcome } from './director.ts';
import { wantedOverrides, withoutHeld } from './held-servers.ts';
import type { Memory } from './memory.ts';
import type { Orders } from './orders.ts';
import { overrideOptions, planReport } from './report.ts';

/** Result of a change: the memory after it, and the reason if it was refused. */
export interface Changed {
  readonly memory: Memory;
  readonly refusal?: Refusal | undefined;
  /** Reason why the source of the rules cannot be reached: the change is still to be made. */
  readonly trouble?: string;
  /** Whether the director now has what the order says. */
  readonly isDone?: boolean;
  /** Whether the change was stopped early, and must be continued or undone. */
  readonly isInterrupted?: boolean;
}

/** Applies the revision of an order to the director, until `stop` is aborted. */
export async function carryOutOrder(
  agent: Agent,
  memory: Memory,
  order: Order,
  orders: Orders,
  stop: AbortSignal,
): Promise<Changed> {
  const { revision, rollout, drain } = order;
  const released = isOfAcceptedStore(memory, rollout) ? withoutHeld(memory) : memory;
  const overrides = wantedOverrides(released, orders);
  const fetched = await agent.orders.fetch(revision);
  if (fetched.kind === 'unreachable') return { memory, trouble: fetched.trouble };
  if (fetched.kind === 'refused') return { memory, refusal: fetched.refusal };
  const { sha256, rules } = fetched;
  const { desired } = withOverrides(fetched.desired, overrides, overrideOptions(agent));
  const state = await agent.director.state();
  const planned = planReport(revision, state, desired, { ...agent.options, drain });
  if (planned.refusal) return { memory, refusal: planned.refusal };
  const isAgain = memory.applied?.revision === revision && memory.applied.sha256 === sha256;
  const known = withFormer(agent, released, state);
  agent.keeper.saveRules(sha256, rules);
  const what = isAgain ? 'correcting the table' : 'changing the table';
  if (planned.commands > 0) agent.log(`revision ${revision}: ${what}: ${planned.summary}`);
  else if (!isAgain) agent.log(`revision ${revision}: the table is already equal`);
  if (planned.commands > 0 || memory.unfinished) {
    const options = { ...agent.options, drain, stop };
    const { outcome, begun } = await recordAndConverge(agent, known, sha256, desired, options);
    if (outcome.kind === 'interrupted') return { memory: begun, isInterrupted: true };
    if (outcome.kind !== 'done') return refuse(memory, order, outcome);
    if (planned.commands > 0) agent.log(`revision ${revision}: done`);
  }
  const { refused: _, accepted: __, unfinished: ___, ...rest } = known;
  // Servers that are no longer overridden stay in the list until they get their weights back, in a later step.
  const overridden = [...new Set([...memory.overridden, ...overrides])];
  const done = { ...rest, rollout, overridden };
  const since = isAgain && memory.applied ? memory.applied.since : new Date(agent.now()).toISOString();
  const applied = { revision, sha256, since };
  // An unconfirmed revision is not a valid rollback target.
  const previous = isAgain || memory.confirm ? known.previous : (memory.applied ?? known.previous);
  const after = withConfirm({ ...done, applied, previous }, order, agent.now(), isAgain);
  return { memory: after, isDone: true };
}

/** Returns a memory with the time by which an order must be confirmed. A confirmed revision needs no second confirmation. */
function withConfirm(
  { confirm: pending, ...memory }: Memory,
  { rollout, wave, confirm: seconds, confirmed }: Order,
  now: number,
  isAgain: boolean,
): Memory {
  if (seconds === undefined || confirmed || (isAgain && !pending)) return memory;
  const by = new Date(now + seconds * 1000).toISOString();
  return { ...memory, confirm: { rollout, wave, seconds, by } };
}

function refuse(
  memory: Memory,
  { revision, rollout }: Order,
  { kind: code, reason }: Exclude<Outcome, { kind: 'done' | 'interrupted' }>,
): Changed {
  const refusal: Refusal = { code, reason, revision };
  // Not retried: each attempt would make changes and undo them. Guards depend on the table, and cost nothing to check again.
  if (code === 'kernel')
    return { memory: { ...memory, refused: { rollout, revision, code, reason } }, refusal };
  return { memory, refusal };
}

/** Returns a memory with the table from before the first revision, saved as rules to roll back to. */
function withFormer({ keeper, now }: Agent, memory: Memory, { table, timeouts }: DirectorState): Memory {
  if (memory.applied || memory.previous) return memory;
  const rules = formatRules([...table.flatMap(commandsOf), { name: 'set', timeouts }]);
  const sha256 = sha256Of(rules);
  keeper.saveRules(sha256, rules);
  return { ...memory, previous: { sha256, since: new Date(now()).toISOString() } };
}
