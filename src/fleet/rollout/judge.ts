import { valueFor } from '../documents/record.ts';
import type { Rollout } from '../documents/rollout.ts';
import { absenceOf, type FleetState } from '../status/fleet-state.ts';
import { reasonToLeaveOut } from './groups.ts';

/** State of one director of the current wave. */
export type Judgement =
  /** The director's target is not set yet. */
  | { readonly kind: 'untargeted' }
  | { readonly kind: 'waiting'; readonly for: string }
  | { readonly kind: 'converged' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** Judges a director of the current wave. */
export function judge(fleet: FleetState, rollout: Rollout, name: string, now: number): Judgement {
  const { revision, options, failed, skipped, batchSince } = rollout;
  const failReason = valueFor(failed, name);
  if (failReason !== undefined) return { kind: 'failed', reason: failReason };
  const skipReason = valueFor(skipped, name);
  if (skipReason !== undefined) return { kind: 'skipped', reason: skipReason };
  const target = fleet.targets.get(name);
  const absence = absenceOf(fleet, name);
  if (!target || !isTargeted(fleet, rollout, name)) {
    // A rollback leaves no director with the rules that the others roll back from.
    if (options.offline === 'set-target') return { kind: 'untargeted' };
    const reason = reasonToLeaveOut(fleet, rollout, name);
    if (reason !== undefined) return { kind: 'skipped', reason };
    if (absence === undefined) return { kind: 'untargeted' };
    return absent(name, absence, options.offline);
  }
  const report = fleet.reports.get(name)?.content;
  // A director in the middle of a change has read its target, but not answered it yet.
  const hasAnswered =
    report !== undefined && report.changing === undefined && BigInt(report.observed) >= target.modRevision;
  let deadline = deadlineOf(rollout);
  if (hasAnswered) {
    const { refusal, applied, drift } = report;
    // A refusal without a revision concerns the store, or every revision.
    if (refusal && (refusal.revision ?? revision) === revision && refusal.code !== 'locked') {
      return { kind: 'failed', reason: refusal.reason };
    }
    if (applied?.revision === revision && drift.commands === 0) {
      const judgement = judgeFindings(rollout, name, report.findings);
      // The last report of a director that has gone offline says nothing about the new rules: they may be what stopped it.
      if (absence === undefined || options.offline === 'set-target' || judgement.kind === 'failed')
        return judgement;
      deadline = returnDeadlineOf(rollout);
    }
  }
  if (absence !== undefined && options.offline === 'set-target')
    return { kind: 'skipped', reason: `${absence}; it applies its target when it returns` };
  // A director on hold applies its target if it can, but must not leave the others of its group with the faulty rules.
  const held = fleet.settings.get(name)?.content.held;
  if (held && options.offline === 'set-target')
    return { kind: 'skipped', reason: `on hold by ${held.by}; it has its target, and is not waited for` };
  if (now >= deadline) {
    const seconds = (deadline - Date.parse(batchSince)) / 1000;
    return { kind: 'failed', reason: absence === undefined ? `not converged within ${seconds} s` : absence };
  }
  return { kind: 'waiting', for: absence === undefined ? `${name} to converge` : `${name}: ${absence}` };
}

/** Whether the rollout has set the director's target to its revision. */
export function isTargeted(
  { targets }: Pick<FleetState, 'targets'>,
  { id, revision }: Rollout,
  name: string,
): boolean {
  const target = targets.get(name)?.content;
  return target?.rollout === id && target.revision === revision;
}

/** Returns the deadline of the current batch in milliseconds since 1970, with the time for draining added. */
export function deadlineOf({ batchSince, options: { deadline, drain = 0 } }: Rollout): number {
  return Date.parse(batchSince) + (deadline + drain) * 1000;
}

/** Returns the time in milliseconds since 1970 by which a director that has converged and gone offline has to be online again. */
function returnDeadlineOf(rollout: Rollout): number {
  const { bakingSince, options } = rollout;
  if (bakingSince === undefined) return deadlineOf(rollout);
  return Date.parse(bakingSince) + (options.bake + options.deadline) * 1000;
}

/** Judges a director that is away, and whose target is not set yet. */
function absent(
  name: string,
  reason: string,
  offline: Exclude<Rollout['options']['offline'], 'set-target'>,
): Judgement {
  switch (offline) {
    case 'wait':
      return { kind: 'waiting', for: `${name}: ${reason}` };
    case 'skip':
      return { kind: 'skipped', reason };
    case 'fail':
      return { kind: 'failed', reason };
  }
}

function judgeFindings(
  { baseline }: Rollout,
  name: string,
  findings: readonly { readonly problem: string; readonly services: number }[],
): Judgement {
  const known = valueFor(baseline, name);
  const fresh =
    known && findings.find(({ problem, services }) => services > (valueFor(known, keyOf(problem)) ?? -1));
  return fresh ? { kind: 'failed', reason: `new finding: ${fresh.problem}` } : { kind: 'converged' };
}

/** Maximum length of a key in characters: a rollout has one for each finding of each director. */
const longestKey = 300;

/** Returns a key that identifies a problem whatever the numbers in its sentence. */
function keyOf(problem: string): string {
  return problem.replace(/[0-9]+/g, '#').slice(0, longestKey);
}

/** Returns the number of affected services by problem: the baseline with which later findings are compared. */
export function baselineOf(
  findings: readonly { readonly problem: string; readonly services: number }[],
): Record<string, number> {
  const affected = new Map<string, number>();
  for (const { problem, services } of findings) {
    const key = keyOf(problem);
    affected.set(key, Math.max(affected.get(key) ?? 0, services));
  }
  return Object.fromEntries(affected);
}
