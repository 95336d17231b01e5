import type { DesiredState } from '../../rules/desired.ts';
import { formatRules } from '../../rules/format.ts';
import { commandsOf } from '../../rules/table.ts';
import type { Refusal } from '../documents/report.ts';
import { withOverrides } from '../overrides/apply.ts';
import { sha256Of } from '../revisions/contents.ts';
import type { Agent } from './agent.ts';
import type { Order } from './decide.ts';
import type { Outcome } from './director.ts';
import type { Memory } from './memory.ts';
import { parsedRules } from './parsed-rules.ts';
import { planReport } from './report.ts';

/** Memory after a change, and why there was none. */
export interface Changed {
  readonly memory: Memory;
  readonly refusal?: Refusal | undefined;
}

/** Makes the director what an order says. The rules are kept before the kernel is told, and remembered after. */
export async function carryOutOrder(
  agent: Agent,
  memory: Memory,
  order: Order,
  overrides: readonly string[],
): Promise<Changed> {
  const { revision, rollout, confirm, drain } = order;
  const fetched = await agent.orders.fetch(revision);
  if (fetched.kind === 'unreachable') return { memory };
  if (fetched.kind === 'refused') return { memory, refusal: fetched.refusal };
  const { sha256, rules } = fetched;
  const { desired } = withOverrides(fetched.desired, overrides, overrideOptions(agent));
  const planned = planReport(revision, await agent.director.state(), desired, { ...agent.options, drain });
  if (planned.refusal) return { memory, refusal: planned.refusal };
  const isAgain = memory.applied?.revision === revision && memory.applied.sha256 === sha256;
  const begun = isAgain ? { ...memory, unfinished: true } : await withFormer(agent, memory);
  agent.keeper.save(begun);
  agent.keeper.saveRules(sha256, rules);
  if (planned.commands > 0) {
    const what = isAgain ? 'the table differs, making it equal again' : 'making the table equal to it';
    agent.log(`revision ${revision}: ${what}: ${planned.summary}`);
    const outcome = await agent.director.converge(desired, { ...agent.options, drain, stop: agent.stop });
    if (outcome.kind === 'interrupted') return { memory: begun };
    if (outcome.kind !== 'done') return refuse(memory, order, outcome);
    agent.log(`revision ${revision}: done`);
  } else if (!isAgain) agent.log(`revision ${revision}: the table is equal to it`);
  const { refused: _, accepted: __, unfinished: ___, ...rest } = begun;
  const done = { ...rest, rollout, overridden: [...overrides] };
  if (isAgain) return { memory: done };
  const { confirm: ____, ...unconfirmed } = done;
  const since = agent.now();
  return {
    memory: {
      ...unconfirmed,
      applied: { revision, sha256, since: new Date(since).toISOString() },
      previous: memory.applied ?? begun.previous,
      ...(confirm !== undefined &&
        !order.confirmed && {
          confirm: { rollout, seconds: confirm, by: new Date(since + confirm * 1000).toISOString() },
        }),
    },
  };
}

/** Returns a memory in which a change to another revision is under way, and which has rules to go back to. */
async function withFormer(agent: Agent, memory: Memory): Promise<Memory> {
  if (memory.applied || memory.unfinished) return { ...memory, unfinished: true };
  return { ...memory, previous: await keepFormer(agent), unfinished: true };
}

function refuse(
  memory: Memory,
  { revision, rollout }: Order,
  { kind: code, reason }: Exclude<Outcome, { kind: 'done' | 'interrupted' }>,
): Changed {
  const refusal: Refusal = { code, reason, revision };
  // Trying again would do and undo changes each time; what guards say depends on the table, and costs nothing.
  if (code === 'kernel')
    return { memory: { ...memory, refused: { rollout, revision, code, reason } }, refusal };
  return { memory, refusal };
}

/** Keeps the table that was there before the first revision. */
async function keepFormer({ director, keeper, now }: Agent): Promise<NonNullable<Memory['previous']>> {
  const { table, timeouts } = await director.state();
  const rules = formatRules([...table.flatMap(commandsOf), { name: 'set', timeouts }]);
  const sha256 = sha256Of(rules);
  keeper.saveRules(sha256, rules);
  return { sha256, since: new Date(now()).toISOString() };
}

/** Returns to the rules before, as nobody has confirmed those that are applied. */
export async function goBack(agent: Agent, memory: Memory): Promise<Changed> {
  const { applied, previous, confirm } = memory;
  const revision = applied?.revision;
  const desired = previous && keptRules(agent, previous);
  if (!applied || !confirm || !desired) {
    const { confirm: _, ...rest } = memory;
    const reason = 'nobody has confirmed it in time, and the rules before are lost';
    return { memory: rest, refusal: { code: 'not-confirmed', reason, revision } };
  }
  agent.log(`revision ${revision}: not confirmed in ${confirm.seconds} s, going back`);
  const outcome = await returnTo(agent, memory, desired);
  if (outcome.kind === 'interrupted') return { memory };
  if (outcome.kind !== 'done') {
    return { memory, refusal: { code: outcome.kind, reason: `cannot go back: ${outcome.reason}`, revision } };
  }
  const { applied: _, previous: __, confirm: ___, unfinished: ____, rollout: _____, ...rest } = memory;
  const { revision: number, sha256, since } = previous;
  const reason = `revision ${revision} was not confirmed in ${confirm.seconds} s`;
  return {
    memory: {
      ...rest,
      ...(number !== undefined && { applied: { revision: number, sha256, since } }),
      refused: { rollout: confirm.rollout, revision: applied.revision, code: 'not-confirmed', reason },
    },
    refusal: { code: 'not-confirmed', reason, revision },
  };
}

/** Returns to the rules before a change that was broken off; `refusal` says why another one is not made. */
export async function undoUnfinished(
  agent: Agent,
  memory: Memory,
  refusal: Refusal | undefined,
): Promise<Changed> {
  const { unfinished: _, ...finished } = memory;
  const before = memory.applied ?? memory.previous;
  const revision = before?.revision;
  const desired = before && keptRules(agent, before);
  if (!desired) {
    const reason = 'a change was broken off, and the rules before are lost';
    return { memory: finished, refusal: { code: 'missing', reason, revision } };
  }
  agent.log('a change was broken off and is not wanted any more: going back to the rules before');
  const changed = settled(memory, finished, revision, await returnTo(agent, memory, desired));
  return { refusal, ...changed };
}

/** Restores the last good revision after the machine's start, with the servers out of service that were. */
export async function restoreLastGood(agent: Agent, memory: Memory, boot: string): Promise<Changed> {
  const { applied } = memory;
  const { unfinished: _, ...finished } = { ...memory, boot };
  if (memory.boot === boot) return { memory };
  if (!applied) return { memory: finished };
  const { revision } = applied;
  const desired = keptRules(agent, applied);
  if (!desired) {
    const { applied: _, ...rest } = finished;
    const reason = `the rules of revision ${revision} are lost`;
    return { memory: rest, refusal: { code: 'missing', reason, revision } };
  }
  agent.log(`revision ${revision}: restoring it after the start of this machine`);
  return settled(memory, finished, revision, await returnTo(agent, memory, desired));
}

/** Returns the memory after an attempt to return to rules that were here. */
function settled(before: Memory, after: Memory, revision: number | undefined, outcome: Outcome): Changed {
  if (outcome.kind === 'done') return { memory: after };
  if (outcome.kind === 'interrupted') return { memory: before };
  return { memory: before, refusal: { code: outcome.kind, reason: outcome.reason, revision } };
}

/** Returns the state that kept rules describe; nothing where they are lost. */
export function keptRules(
  { keeper }: Agent,
  { sha256 }: { readonly sha256: string },
): DesiredState | undefined {
  const rules = keeper.loadRules(sha256);
  return rules === undefined ? undefined : parsedRules(sha256, rules);
}

/** Makes the table what it was before, with the servers out of service that are. Guards do not count, as these rules were here. */
function returnTo(agent: Agent, { overridden }: Memory, rules: DesiredState): Promise<Outcome> {
  const { owns, keepWeights } = agent.options;
  const { desired } = withOverrides(rules, overridden, overrideOptions(agent));
  const options = { owns, ...(keepWeights !== undefined && { keepWeights }), stop: agent.stop };
  return agent.director.converge(desired, options);
}

/** The conditions for taking servers out of service. */
export function overrideOptions({ options: { owns, guards } }: Agent) {
  return { owns, minServers: guards?.minServers };
}
