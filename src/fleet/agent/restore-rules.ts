import type { DesiredState } from '../../rules/desired.ts';
import type { Refusal } from '../documents/report.ts';
import { withOverrides } from '../overrides/apply.ts';
import { RulesError } from '../revisions/rules.ts';
import type { Agent } from './agent.ts';
import type { Changed } from './change.ts';
import { recordAndConverge } from './converge.ts';
import type { Memory } from './memory.ts';
import { parsedRules } from './parsed-rules.ts';
import { overrideOptions } from './report.ts';

/** Saved rules: those of a revision or, without a number, of the table before the first one. */
interface SavedRules {
  readonly revision?: number | undefined;
  readonly sha256: string;
}

/** Rolls back to the previous rules, as the applied ones were not confirmed in time. */
export async function rollBack(agent: Agent, memory: Memory): Promise<Changed> {
  const { applied, previous, confirm } = memory;
  const revision = applied?.revision;
  const rules = previous && loadSavedRules(agent, previous);
  if (!applied || !confirm || !rules) {
    const { confirm: _, ...rest } = memory;
    const reason = 'it was not confirmed in time, but the previous rules are lost';
    return { memory: rest, refusal: { code: 'not-confirmed', reason, revision } };
  }
  agent.log(`revision ${revision}: not confirmed within ${confirm.seconds} s, going back`);
  const { applied: _, previous: __, confirm: ___, ...rest } = memory;
  const { revision: number, sha256, since } = previous;
  const { rollout } = confirm;
  const reason = `revision ${revision} was not confirmed within ${confirm.seconds} s`;
  const after: Memory = {
    ...rest,
    ...(number !== undefined && { applied: { revision: number, sha256, since } }),
    rollout,
    refused: { rollout, revision: applied.revision, code: 'not-confirmed', reason },
  };
  const changed = await restoreRules(agent, memory, previous, rules, after);
  if (!changed.refusal) return { refusal: { code: 'not-confirmed', reason, revision }, ...changed };
  const { code, reason: why } = changed.refusal;
  return { ...changed, refusal: { code, reason: `cannot go back: ${why}`, revision } };
}

/** Returns to the rules before an interrupted change; `refusal` is the reason why the wanted change is not made. */
export async function undoUnfinished(
  agent: Agent,
  memory: Memory,
  refusal: Refusal | undefined,
): Promise<Changed> {
  const before = memory.applied ?? memory.previous;
  const rules = before && loadSavedRules(agent, before);
  if (!rules) {
    const { unfinished: _, ...rest } = memory;
    const reason = 'a change was interrupted, but the previous rules are lost';
    return { memory: rest, refusal: { code: 'missing', reason, revision: before?.revision } };
  }
  agent.log('an interrupted change is obsolete: going back to the previous rules');
  // Forget the table from before the first revision: it may differ by the time a first revision is applied again.
  const { previous: _, ...withoutFormer } = memory;
  const after = memory.applied ? memory : withoutFormer;
  return { refusal, ...(await restoreRules(agent, memory, before, rules, after)) };
}

/** Restores the last good revision after a boot; servers that were out of service stay so. */
export async function restoreLastGood(agent: Agent, memory: Memory, boot: string): Promise<Changed> {
  const { applied } = memory;
  if (memory.boot === boot) return { memory };
  // After a boot, the table is not a half-changed one.
  const { unfinished: _, ...started } = { ...memory, boot };
  if (!applied) return { memory: started };
  const { revision } = applied;
  const rules = loadSavedRules(agent, applied);
  if (!rules) {
    const { applied: _, ...rest } = started;
    const reason = `the rules of revision ${revision} are lost`;
    return { memory: rest, refusal: { code: 'missing', reason, revision } };
  }
  agent.log(`revision ${revision}: restoring it after the reboot`);
  return restoreRules(agent, memory, applied, rules, started);
}

/** Returns the state that saved rules describe; undefined if they are lost, or unreadable for this program. */
export function loadSavedRules({ keeper }: Agent, { sha256 }: SavedRules): DesiredState | undefined {
  const rules = keeper.loadRules(sha256);
  if (rules === undefined) return undefined;
  try {
    return parsedRules(sha256, rules);
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    return undefined;
  }
}

/** Converges the table to saved rules; the new memory is `after`. Guards are skipped, as these rules were applied before. */
async function restoreRules(
  agent: Agent,
  memory: Memory,
  { revision, sha256 }: SavedRules,
  rules: DesiredState,
  after: Memory,
): Promise<Changed> {
  const { owns, keepWeights } = agent.options;
  // Servers that are out of service stay so, unless there is no revision that could restore their weights later.
  const overridden = revision === undefined ? [] : memory.overridden;
  const { desired } = withOverrides(rules, overridden, overrideOptions(agent));
  const options = { owns, ...(keepWeights !== undefined && { keepWeights }), stop: agent.stop };
  const { outcome, begun } = await recordAndConverge(agent, memory, sha256, desired, options);
  if (outcome.kind === 'interrupted') return { memory: begun, isInterrupted: true };
  if (outcome.kind !== 'done')
    return { memory, refusal: { code: outcome.kind, reason: outcome.reason, revision } };
  const { unfinished: _, ...done } = after;
  return { memory: { ...done, overridden } };
}
