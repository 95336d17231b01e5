import { valueFor } from '../documents/record.ts';
import type { Rollout } from '../documents/rollout.ts';
import type { Target } from '../documents/target.ts';
import { absenceOf, type FleetState } from '../status/fleet-state.ts';
import { baselineOf, deadlineOf, type Judgement, judge } from './judge.ts';
import { isOver } from './start.ts';

/** The next step of a driver. */
export type Step =
  /** Write the rollout and targets in one transaction that compares the rollout's modification revision. */
  | { readonly act: 'commit'; readonly rollout: Rollout; readonly targets: ReadonlyMap<string, Target> }
  /** Read the fleet again after this time, or when something changes. */
  | { readonly act: 'wait'; readonly for: string; readonly milliseconds: number }
  /** Show the directors' plans and ask for approval; then {@link begin}. */
  | { readonly act: 'ask' }
  /** Run the check command for the current wave; then {@link checked}. */
  | { readonly act: 'check'; readonly directors: readonly string[] }
  | { readonly act: 'end' };

/** Maximum number of targets per transaction: etcd allows 128 operations. */
export const targetsAtOnce = 100;
const maxWait = 10_000;

/**
 * Returns the next step of a rollout. It depends only on the time and on what the store holds, so that a driver can be killed at
 * any moment and another one can continue.
 */
export function advance(fleet: FleetState, rollout: Rollout, now: number): Step {
  if (isOver(rollout) || rollout.state !== 'active') return { act: 'end' };
  return rollout.phase === 'preview' ? preview(fleet, rollout, now) : wave(fleet, rollout, now);
}

function preview(fleet: FleetState, rollout: Rollout, now: number): Step {
  const { revision, options } = rollout;
  const isMember = (name: string) => !Object.hasOwn(rollout.skipped, name);
  const all = rollout.waves.flat(2);
  const members = all.filter(isMember);
  const { asked = 0 } = rollout;
  // A plan that an earlier rollout asked for may be out of date.
  const isAsked = (name: string, index: number) =>
    index < asked && fleet.targets.get(name)?.content.preview === revision;
  const unasked = [...all.entries()].filter(([index, name]) => isMember(name) && !isAsked(name, index));
  if (unasked.length > 0) {
    const next = unasked.slice(0, targetsAtOnce);
    const targets = next.map(([, name]) => {
      const { previewDrain: _, ...old } = fleet.targets.get(name)?.content ?? { rollout: rollout.id };
      const drain = options.drain === undefined ? {} : { previewDrain: options.drain };
      return [name, { ...old, preview: revision, ...drain }] as const;
    });
    const end = Math.max(asked, ...next.map(([index]) => index + 1));
    return commit(rollout, { asked: end }, now, new Map(targets));
  }
  const absent = members.filter((name) => !hasPlan(fleet, name, revision));
  const gone = absent.filter((name) => absenceOf(fleet, name) !== undefined);
  if (gone.length > 0 && options.offline === 'skip') {
    const skipped = Object.fromEntries(gone.map((name) => [name, absenceOf(fleet, name) ?? ''] as const));
    return commit(rollout, { skipped: { ...rollout.skipped, ...skipped } }, now);
  }
  if (gone.length > 0 && options.offline === 'fail') {
    return commit(rollout, { state: 'halted', reason: whyGone(fleet, gone) }, now);
  }
  if (absent.length > 0) return { act: 'wait', for: `the plan of ${some(absent)}`, milliseconds: maxWait };
  if (members.length === 0) return commit(rollout, { state: 'halted', reason: 'no director is online' }, now);
  return { act: 'ask' };
}

/** Returns why directors are away: each reason, with the names of those that it is about. */
function whyGone(fleet: FleetState, gone: readonly string[]): string {
  const reasonOf = (name: string) => absenceOf(fleet, name) ?? '';
  const namesOf = (reason: string) => gone.filter((name) => reasonOf(name) === reason).join(', ');
  return [...new Set(gone.map(reasonOf))].map((reason) => `${reason}: ${namesOf(reason)}`).join('; ');
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

/** Returns the rollout after the check command has ended, for the current wave. */
export function checked(rollout: Rollout, failure: string | undefined, now: number): Rollout {
  return failure === undefined
    ? changed(rollout, { checked: true }, now)
    : changed(rollout, { state: 'halted', reason: failure }, now);
}

function wave(fleet: FleetState, rollout: Rollout, now: number): Step {
  const batches = rollout.waves[rollout.wave];
  if (!batches) return commit(rollout, { state: 'done' }, now);
  const isLastBatch = rollout.batch >= batches.length - 1;
  const members = batches.slice(0, rollout.batch + 1).flat();
  const judged = members.map((name) => [name, judge(fleet, rollout, name, now)] as const);
  const changes = withNewFailures(rollout, judged);
  if (changes) return commit(rollout, withLimit({ ...rollout, ...changes }, changes), now);
  const untargeted = judged.filter(([, { kind }]) => kind === 'untargeted').map(([name]) => name);
  if (untargeted.length > 0) {
    const targets = untargeted.slice(0, targetsAtOnce).map((name) => [name, targetOf(rollout)] as const);
    return commit(rollout, { batchSince: new Date(now).toISOString() }, now, new Map(targets));
  }
  const waiting = judged.flatMap(([name, one]) => (one.kind === 'waiting' ? [[name, one.for] as const] : []));
  if (waiting.length > 0) {
    const until = deadlineOf(rollout) - now;
    const [first] = waiting;
    const what =
      waiting.length === 1 ? (first?.[1] ?? '') : `${some(waiting.map(([name]) => name))} to converge`;
    return {
      act: 'wait',
      for: what,
      milliseconds: until > 0 ? Math.max(100, Math.min(maxWait, until)) : maxWait,
    };
  }
  if (!isLastBatch)
    return commit(rollout, { batch: rollout.batch + 1, batchSince: new Date(now).toISOString() }, now);
  const done = judged.filter(([, { kind }]) => kind === 'converged').map(([name]) => name);
  return gate(fleet, rollout, done, now);
}

/** Returns the next step at the gate after a wave, whose directors have all converged, failed or been left out. */
function gate(fleet: FleetState, rollout: Rollout, members: readonly string[], now: number): Step {
  const { bakingSince, options } = rollout;
  // A time in the future is from a clock that was ahead: restart the bake time.
  if (bakingSince === undefined || Date.parse(bakingSince) > now)
    return commit(rollout, { bakingSince: new Date(now).toISOString() }, now);
  const left = Date.parse(bakingSince) + options.bake * 1000 - now;
  if (left > 0)
    return { act: 'wait', for: `wave ${rollout.wave + 1} to bake`, milliseconds: Math.min(left, maxWait) };
  if (options.check && !rollout.checked) return { act: 'check', directors: members };
  const unconfirmed = members.filter((name) => {
    const target = fleet.targets.get(name)?.content;
    return target?.confirm !== undefined && !target.confirmed;
  });
  if (unconfirmed.length > 0) {
    const targets = unconfirmed
      .slice(0, targetsAtOnce)
      .map((name) => [name, { ...targetOf(rollout), confirmed: true }] as const);
    return commit(rollout, { batchSince: new Date(now).toISOString() }, now, new Map(targets));
  }
  const { bakingSince: _, checked: __, ...rest } = rollout;
  return commit(rest, { wave: rollout.wave + 1, batch: 0, batchSince: new Date(now).toISOString() }, now);
}

/** Adds new failures and omissions to those of the rollout; returns undefined if there are none. */
function withNewFailures(
  { failed, skipped }: Rollout,
  judged: readonly (readonly [string, Judgement])[],
): Pick<Rollout, 'failed' | 'skipped'> | undefined {
  const fresh = { failed: { ...failed }, skipped: { ...skipped } };
  let isNew = false;
  for (const [name, one] of judged) {
    if (one.kind !== 'failed' && one.kind !== 'skipped') continue;
    if (Object.hasOwn(fresh[one.kind], name)) continue;
    fresh[one.kind][name] = one.reason.slice(0, 1000);
    isNew = true;
  }
  return isNew ? fresh : undefined;
}

/** Halts the rollout if too many directors have failed. */
function withLimit({ failed, options }: Rollout, changes: Partial<Rollout>): Partial<Rollout> {
  const names = Object.keys(failed);
  if (names.length <= options.maxFailures) return changes;
  const [first = ''] = names;
  const more = names.length > 1 ? `; ${names.length - 1} more failed` : '';
  return { ...changes, state: 'halted', reason: `${first}: ${valueFor(failed, first)}`.slice(0, 900) + more };
}

function targetOf({ id, revision, options: { confirm, drain } }: Rollout): Target {
  return {
    rollout: id,
    revision,
    ...(confirm !== undefined && { confirm, confirmed: false }),
    ...(drain !== undefined && { drain }),
  };
}

function commit(
  rollout: Rollout,
  changes: Partial<Rollout>,
  now: number,
  targets: ReadonlyMap<string, Target> = new Map(),
): Step {
  return { act: 'commit', rollout: changed(rollout, changes, now), targets };
}

function changed(rollout: Rollout, changes: Partial<Rollout>, now: number): Rollout {
  return { ...rollout, ...changes, changed: new Date(now).toISOString() };
}

function some(names: readonly string[]): string {
  const [first = '', ...others] = names;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
