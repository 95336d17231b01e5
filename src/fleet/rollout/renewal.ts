import type { Rollout } from '../documents/rollout.ts';
import { type Renewal, renewalInterval, type Target } from '../documents/target.ts';
import type { FleetState } from '../status/fleet-state.ts';
import { targetedBy } from './start.ts';

/** Returns the directors that go back by themselves unless the rollout confirms their revision. */
export function unconfirmedBy(fleet: Pick<FleetState, 'targets'>, rollout: Rollout): string[] {
  return targetedBy(fleet, rollout).filter((name) => isUnconfirmed(fleet.targets.get(name)?.content));
}

/** Whether a target is of a revision that is still to be confirmed. */
export function isUnconfirmed(target: Target | undefined): boolean {
  return target?.confirm !== undefined && !target.confirmed;
}

/**
 * Returns the time, in milliseconds since 1970, at which a director rolls back by itself unless its revision is confirmed or the
 * time renewed; undefined if it need not be confirmed. It is as accurate as the clocks of the director and the driver.
 */
export function rollsBackAt(
  { targets, reports, renewal }: Pick<FleetState, 'targets' | 'reports' | 'renewal'>,
  name: string,
): number | undefined {
  const target = targets.get(name)?.content;
  const applied = reports.get(name)?.content.applied;
  if (!target?.confirm || target.confirmed || !applied || applied.revision !== target.revision)
    return undefined;
  const last = renewal?.content;
  const isOwn = last?.rollout === target.rollout && last.wave === target.wave;
  const begun = Math.max(Date.parse(applied.since), isOwn ? Date.parse(last.time) : 0);
  return begun + target.confirm * 1000;
}

/** Returns the milliseconds until the driver has to renew the time of directors; infinite if none of them waits. */
export function untilRenewal(
  { targets, renewal }: Pick<FleetState, 'targets' | 'renewal'>,
  { id, wave, options: { confirm } }: Rollout,
  directors: readonly string[],
  now: number,
): number {
  const isWaiting = (name: string) => {
    const target = targets.get(name)?.content;
    return target?.rollout === id && isUnconfirmed(target);
  };
  if (confirm === undefined || !directors.some(isWaiting)) return Number.POSITIVE_INFINITY;
  const last = renewal?.content;
  const age = last?.rollout === id && last.wave === wave ? now - Date.parse(last.time) : undefined;
  // A time in the future is from a clock that was ahead.
  return age === undefined || age < 0 ? 0 : renewalInterval(confirm) - age;
}

/** Returns the renewal for the current wave of a rollout. */
export function renewalOf({ id, wave }: Rollout, now: number): Renewal {
  return { rollout: id, wave, time: new Date(now).toISOString() };
}
