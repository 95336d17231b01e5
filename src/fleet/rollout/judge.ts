import type { Rollout } from '../documents/rollout.ts';
import type { FleetState } from '../status/fleet-state.ts';

/** State of one director of the present wave. */
export type Judgement =
  /** Still to be told. */
  | { readonly kind: 'untold' }
  | { readonly kind: 'waiting'; readonly for: string }
  | { readonly kind: 'converged' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** Judges a director of the present wave. */
export function judge(fleet: FleetState, rollout: Rollout, name: string, now: number): Judgement {
  const { id, revision, options, failed, skipped, since } = rollout;
  const before = failed[name];
  if (before !== undefined) return { kind: 'failed', reason: before };
  const left = skipped[name];
  if (left !== undefined) return { kind: 'skipped', reason: left };
  const target = fleet.targets.get(name);
  const isTold = target?.content.rollout === id && target.content.revision === revision;
  const isAlive = fleet.alive.has(name);
  if (!isTold) {
    // Nobody is left behind with rules from which the others go back.
    if (options.offline === 'tell') return { kind: 'untold' };
    const mate = failedMate(fleet, rollout, name);
    if (mate) return { kind: 'skipped', reason: `${mate} of its group failed` };
    const held = fleet.settings.get(name)?.content.held;
    if (held) return { kind: 'skipped', reason: `held by ${held.by}` };
    if (isAlive) return { kind: 'untold' };
    return absent(options.offline);
  }
  const report = fleet.reports.get(name)?.content;
  // One in the midst of a change has read what it is told, and not answered it.
  const isAnswered =
    report !== undefined && report.changing === undefined && BigInt(report.observed) >= target.modRevision;
  if (isAnswered) {
    const { refusal, applied, drift } = report;
    // One that names no revision is about the store, or about all of them.
    if (refusal && (refusal.revision ?? revision) === revision && refusal.code !== 'locked') {
      return { kind: 'failed', reason: refusal.reason };
    }
    if (applied?.revision === revision && drift.commands === 0)
      return judgeFindings(rollout, name, report.findings);
  }
  if (!isAlive && options.offline === 'tell')
    return { kind: 'skipped', reason: 'not heard of; it finds its target when it returns' };
  if (now >= deadlineOf(rollout)) {
    const seconds = (deadlineOf(rollout) - Date.parse(since)) / 1000;
    return { kind: 'failed', reason: isAlive ? `not converged in ${seconds} s` : 'not heard of any more' };
  }
  return { kind: 'waiting', for: isAlive ? `${name} to converge` : `${name}, which is not heard of` };
}

/** Returns when the present batch has to be done, in milliseconds since 1970. Draining is not the director's fault. */
export function deadlineOf({ since, options: { deadline, drain = 0 } }: Rollout): number {
  return Date.parse(since) + (deadline + drain) * 1000;
}

function absent(offline: Exclude<Rollout['options']['offline'], 'tell'>): Judgement {
  const reason = 'not heard of';
  switch (offline) {
    case 'wait':
      return { kind: 'waiting', for: 'a director that is not heard of' };
    case 'skip':
      return { kind: 'skipped', reason };
    case 'fail':
      return { kind: 'failed', reason };
  }
}

/** A director of the same group that has failed: with it, the whole group would be at stake. */
function failedMate({ settings }: FleetState, { failed }: Rollout, name: string): string | undefined {
  const group = settings.get(name)?.content.group;
  if (group === undefined) return undefined;
  return Object.keys(failed).find((other) => settings.get(other)?.content.group === group);
}

function judgeFindings(
  { baseline }: Rollout,
  name: string,
  findings: readonly { readonly problem: string; readonly services: number }[],
): Judgement {
  const known = baseline[name];
  const fresh = known && findings.find(({ problem, services }) => services > (known[keyOf(problem)] ?? -1));
  return fresh ? { kind: 'failed', reason: `new finding: ${fresh.problem}` } : { kind: 'converged' };
}

/** Tells problems apart whatever numbers stand in their sentences. */
function keyOf(problem: string): string {
  return problem.replace(/[0-9]+/g, '#');
}

/** Findings by problem, with the number of services: what a director is compared with later. */
export function baselineOf(
  findings: readonly { readonly problem: string; readonly services: number }[],
): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { problem, services } of findings) {
    const key = keyOf(problem);
    result[key] = Math.max(result[key] ?? 0, services);
  }
  return result;
}
