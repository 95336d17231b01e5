import type { Rollout } from '../documents/rollout.ts';
import type { Target } from '../documents/target.ts';
import type { FleetState } from '../status/fleet-state.ts';
import { withOmissions } from './failures.ts';
import { type Apart, keepApart } from './groups.ts';
import { deadlineOf, isTargeted, type Judgement, judge } from './judge.ts';
import { preview } from './preview.ts';
import { isUnconfirmed, untilRenewal } from './renewal.ts';
import { isOver } from './start.ts';
import { changed, commit, maxWait, type Step, some, targetsAtOnce } from './step.ts';

/**
 * Returns the next step of a rollout. It depends only on the time and on what the store holds, so that a driver can be killed at
 * any moment and another one can continue.
 */
export function advance(fleet: FleetState, rollout: Rollout, now: number): Step {
  if (isOver(rollout) || rollout.state !== 'active') return { act: 'end' };
  return rollout.phase === 'preview' ? preview(fleet, rollout, now) : wave(fleet, rollout, now);
}

/** Returns the rollout after the check command has ended, for the current wave. */
export function checked(rollout: Rollout, failure: string | undefined, now: number): Rollout {
  return failure === undefined
    ? changed(rollout, { checked: true }, now)
    : changed(rollout, { state: 'halted', reason: failure }, now);
}

/** A director of the current wave, and its state. */
type Judged = Judgement & { readonly name: string };

function wave(fleet: FleetState, rollout: Rollout, now: number): Step {
  const batches = rollout.waves[rollout.wave];
  if (!batches) return commit(rollout, { state: 'done' }, now);
  const members = batches.slice(0, rollout.batch + 1).flat();
  const judged = members.map((name) => ({ name, ...judge(fleet, rollout, name, now) }));
  const omissions = judged.filter((one) => one.kind === 'failed' || one.kind === 'skipped');
  const changes = withOmissions(rollout, omissions);
  if (changes) return commit(rollout, changes, now);
  const watched = judged.filter(({ kind }) => kind === 'waiting' || kind === 'converged');
  const left = untilRenewal(
    fleet,
    rollout,
    watched.map(({ name }) => name),
    now,
  );
  if (left <= 0) return { act: 'renew' };
  const step = nextInWave(fleet, rollout, judged, now);
  return step.act === 'wait' ? { ...step, milliseconds: Math.min(step.milliseconds, left) } : step;
}

/** Returns the next step in a wave in which no director has newly failed. */
function nextInWave(fleet: FleetState, rollout: Rollout, judged: readonly Judged[], now: number): Step {
  const batches = rollout.waves[rollout.wave] ?? [];
  const { free, blocked } = untargeted(fleet, rollout, judged, now);
  if (free.length > 0) {
    const targets = free.slice(0, targetsAtOnce).map((name) => [name, targetOf(rollout)] as const);
    return commit(rollout, { batchSince: new Date(now).toISOString() }, now, new Map(targets));
  }
  const reasons = [
    ...judged.flatMap((one) => (one.kind === 'waiting' ? [[one.name, one.for] as const] : [])),
    ...[...blocked].map(
      ([name, holder]) => [name, `${holder} to converge, as ${name} is of its group`] as const,
    ),
  ];
  if (reasons.length > 0) return waitFor(rollout, reasons, now);
  if (rollout.batch < batches.length - 1)
    return commit(rollout, { batch: rollout.batch + 1, batchSince: new Date(now).toISOString() }, now);
  const done = judged.filter(({ kind }) => kind === 'converged').map(({ name }) => name);
  return gate(fleet, rollout, done, now);
}

/** Returns the directors of a wave whose targets are to be set, and those of them that have to wait for another of their group. */
function untargeted(fleet: FleetState, rollout: Rollout, judged: readonly Judged[], now: number): Apart {
  const changing = judged.filter(({ name, kind }) => kind === 'waiting' && isTargeted(fleet, rollout, name));
  return keepApart(
    fleet,
    rollout,
    judged.filter(({ kind }) => kind === 'untargeted').map(({ name }) => name),
    { changing: changing.map(({ name }) => name), isLate: now >= deadlineOf(rollout) },
  );
}

function waitFor(rollout: Rollout, reasons: readonly (readonly [string, string])[], now: number): Step {
  const until = deadlineOf(rollout) - now;
  const [[, only] = ['', '']] = reasons;
  return {
    act: 'wait',
    for: reasons.length === 1 ? only : `${some(reasons.map(([name]) => name))} to converge`,
    milliseconds: until > 0 ? Math.max(100, Math.min(maxWait, until)) : maxWait,
  };
}

/** Returns the next step of a wave that has not baked for its whole time. */
function bake(rollout: Rollout, now: number): Step | undefined {
  const { bakingSince, options } = rollout;
  // A time in the future is from a clock that was ahead: restart the bake time.
  if (bakingSince === undefined || Date.parse(bakingSince) > now)
    return commit(rollout, { bakingSince: new Date(now).toISOString() }, now);
  const left = Date.parse(bakingSince) + options.bake * 1000 - now;
  if (left <= 0) return undefined;
  return { act: 'wait', for: `wave ${rollout.wave + 1} to bake`, milliseconds: Math.min(left, maxWait) };
}

/** Returns the next step at the gate after a wave, whose directors have all converged, failed or been left out. */
function gate(fleet: FleetState, rollout: Rollout, members: readonly string[], now: number): Step {
  const { options } = rollout;
  const baking = options.bake === 0 ? undefined : bake(rollout, now);
  if (baking) return baking;
  if (options.check && !rollout.checked) return { act: 'check', directors: members };
  const unconfirmed = members.filter((name) => isUnconfirmed(fleet.targets.get(name)?.content));
  if (unconfirmed.length > 0) {
    const targets = unconfirmed
      .slice(0, targetsAtOnce)
      .map((name) => [name, { ...targetOf(rollout), confirmed: true }] as const);
    return commit(rollout, { batchSince: new Date(now).toISOString() }, now, new Map(targets));
  }
  const { bakingSince: _, checked: __, ...rest } = rollout;
  return commit(rest, { wave: rollout.wave + 1, batch: 0, batchSince: new Date(now).toISOString() }, now);
}

function targetOf({ id, revision, wave, options: { confirm, drain } }: Rollout): Target {
  return {
    rollout: id,
    revision,
    ...(confirm !== undefined && { confirm, confirmed: false, wave }),
    ...(drain !== undefined && { drain }),
  };
}
