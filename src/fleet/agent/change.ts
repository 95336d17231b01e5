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
  const previous = memory.applied ?? (await keepFormer(agent));
  agent.keeper.saveRules(sha256, rules);
  const { desired } = withOverrides(fetched.desired, overrides, overrideOptions(agent));
  agent.log(`revision ${revision}: making the table equal to it`);
  const outcome = await agent.director.converge(desired, { ...agent.options, drain, stop: agent.stop });
  if (outcome.kind !== 'done') return refuse(memory, order, outcome);
  agent.log(`revision ${revision}: done`);
  const since = agent.now();
  const { refused: _, confirm: __, accepted: ___, ...rest } = memory;
  return {
    memory: {
      ...rest,
      applied: { revision, sha256, since: new Date(since).toISOString() },
      previous,
      overridden: [...overrides],
      ...(confirm !== undefined &&
        !order.confirmed && {
          confirm: { rollout, seconds: confirm, by: new Date(since + confirm * 1000).toISOString() },
        }),
    },
  };
}

function refuse(
  memory: Memory,
  { revision, rollout }: Order,
  outcome: Exclude<Outcome, { kind: 'done' }>,
): Changed {
  if (outcome.kind === 'interrupted') return { memory };
  const { kind: code, reason } = outcome;
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
  const { applied, previous, confirm, overridden } = memory;
  const revision = applied?.revision;
  const rules = previous && agent.keeper.loadRules(previous.sha256);
  if (!applied || !previous || !confirm || rules === undefined) {
    const { confirm: _, ...rest } = memory;
    const reason = 'nobody has confirmed it in time, and the rules before are lost';
    return { memory: rest, refusal: { code: 'not-confirmed', reason, revision } };
  }
  agent.log(`revision ${revision}: not confirmed in ${confirm.seconds} s, going back`);
  const { desired } = withOverrides(parsedRules(previous.sha256, rules), overridden, overrideOptions(agent));
  const outcome = await agent.director.converge(desired, { ...scopeOf(agent), stop: agent.stop });
  if (outcome.kind === 'interrupted') return { memory };
  if (outcome.kind !== 'done') {
    return { memory, refusal: { code: outcome.kind, reason: `cannot go back: ${outcome.reason}`, revision } };
  }
  const { applied: _, previous: __, confirm: ___, ...rest } = memory;
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

/** Restores the last good revision after the machine's start, with the servers out of service that were. */
export async function restoreLastGood(agent: Agent, memory: Memory, boot: string): Promise<Changed> {
  const { applied } = memory;
  if (memory.boot === boot || !applied) return { memory: { ...memory, boot } };
  const { revision } = applied;
  const rules = agent.keeper.loadRules(applied.sha256);
  if (rules === undefined) {
    const { applied: _, ...rest } = memory;
    const reason = `the rules of revision ${revision} are lost`;
    return { memory: { ...rest, boot }, refusal: { code: 'missing', reason, revision } };
  }
  agent.log(`revision ${revision}: restoring it after the start of this machine`);
  const { desired } = withOverrides(
    parsedRules(applied.sha256, rules),
    memory.overridden,
    overrideOptions(agent),
  );
  const outcome = await agent.director.converge(desired, { ...scopeOf(agent), stop: agent.stop });
  if (outcome.kind === 'interrupted') return { memory };
  if (outcome.kind !== 'done')
    return { memory, refusal: { code: outcome.kind, reason: outcome.reason, revision } };
  return { memory: { ...memory, boot } };
}

/** The options of a plan without guards: for rules that were here already. */
function scopeOf({ options: { owns, keepWeights } }: Agent) {
  return { owns, ...(keepWeights !== undefined && { keepWeights }) };
}

/** The conditions for taking servers out of service. */
export function overrideOptions({ options: { owns, guards } }: Agent) {
  return { owns, minServers: guards?.minServers };
}
