import { valueFor } from '../documents/record.ts';
import type { Rollout } from '../documents/rollout.ts';
import { absenceOf, type FleetState } from '../status/fleet-state.ts';
import { type Omission, withOmissions } from './failures.ts';
import { reasonToLeaveOut } from './groups.ts';
import { baselineOf } from './judge.ts';
import { changed, commit, maxWait, type Step, some, targetsAtOnce } from './step.ts';

/** Returns the next step of a rollout that asks the directors for their plans. */
export function preview(fleet: FleetState, rollout: Rollout, now: number): Step {
  const all = rollout.waves.flat(2);
  const isMember = (name: string) =>
    valueFor(rollout.skipped, name) === undefined && valueFor(rollout.failed, name) === undefined;
  const members = all.filter(isMember);
  const changes = withOmissions(rollout, omissions(fleet, rollout, members));
  if (changes) return commit(rollout, changes, now);
  if (members.length === 0)
    return commit(rollout, { state: 'halted', reason: 'no director is left to change' }, now);
  const unasked = [...all.entries()].filter((one) => isMember(one[1]) && !isAsked(fleet, rollout, one));
  if (unasked.length > 0) return ask(fleet, rollout, unasked.slice(0, targetsAtOnce), now);
  const missing = members.filter((name) => !hasPlan(fleet, name, rollout.revision));
  if (missing.length > 0) return { act: 'wait', for: planOf(fleet, missing), milliseconds: maxWait };
  return { act: 'ask' };
}

/** Returns the directors that are left out before any target is set. */
function omissions(fleet: FleetState, rollout: Rollout, members: readonly string[]): Omission[] {
  const kinds = { wait: undefined, 'set-target': undefined, skip: 'skipped', fail: 'failed' } as const;
  const kind = kinds[rollout.options.offline];
  return members.flatMap((name): Omission[] => {
    const reason = reasonToLeaveOut(fleet, rollout, name);
    if (reason !== undefined) return [{ name, kind: 'skipped', reason }];
    const absence = absenceOf(fleet, name);
    return kind && absence !== undefined ? [{ name, kind, reason: absence }] : [];
  });
}

/** Asks directors for their plans. */
function ask(
  fleet: FleetState,
  rollout: Rollout,
  directors: readonly (readonly [number, string])[],
  now: number,
): Step {
  const { id, revision, asked = 0, options } = rollout;
  const targets = directors.map(([, name]) => {
    const { previewDrain: _, ...old } = fleet.targets.get(name)?.content ?? { rollout: id };
    const drain = options.drain === undefined ? {} : { previewDrain: options.drain };
    return [name, { ...old, preview: revision, ...drain }] as const;
  });
  const end = Math.max(asked, ...directors.map(([index]) => index + 1));
  return commit(rollout, { asked: end }, now, new Map(targets));
}

/** Whether this rollout has asked a director for its plan: one that an earlier rollout asked for may be out of date. */
function isAsked(
  { targets }: FleetState,
  { asked = 0, revision }: Rollout,
  [index, name]: readonly [number, string],
): boolean {
  return index < asked && targets.get(name)?.content.preview === revision;
}

function planOf(fleet: FleetState, missing: readonly string[]): string {
  const absences = new Map(missing.map((name) => [name, absenceOf(fleet, name)] as const));
  const gone = missing.filter((name) => absences.get(name) !== undefined);
  if (gone.length === 0) return `the plan of ${some(missing)}`;
  const reasons = [...new Set(gone.map((name) => absences.get(name)))].join('; ');
  return `the plan of ${some(gone)}: ${reasons} (ipvsadm-fleet hold skips a director)`;
}

function hasPlan({ targets, reports, alive }: FleetState, name: string, revision: number): boolean {
  const target = targets.get(name);
  const report = reports.get(name)?.content;
  if (!target || !report || !alive.has(name)) return false;
  return BigInt(report.observed) >= target.modRevision && report.plan?.revision === revision;
}

/** Returns the rollout after its plans have been approved. */
export function begin(fleet: FleetState, rollout: Rollout, now: number): Rollout {
  const baseline = Object.fromEntries(
    rollout.waves
      .flat(2)
      .map((name) => [name, baselineOf(fleet.reports.get(name)?.content.findings ?? [])] as const),
  );
  return changed(rollout, { phase: 'waves', baseline, batchSince: new Date(now).toISOString() }, now);
}
