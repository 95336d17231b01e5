import type { Rollout } from '../documents/rollout.ts';

/** Age in milliseconds from which on plans are asked for again when a rollout is resumed: tables may have changed since. */
const oldPlans = 60_000;

/**
 * Begins the times of a rollout anew: the deadline of the present batch, and the gate of the present wave with its bake time and
 * its check. They were measured by the clock of another driver, or went on while nobody watched the directors. Old plans are
 * forgotten, too.
 */
export function restarted({ bakingSince: _, checked: __, ...rollout }: Rollout, now: number): Rollout {
  const isOld = Math.abs(now - Date.parse(rollout.changed)) >= oldPlans;
  return { ...rollout, batchSince: new Date(now).toISOString(), ...(isOld && { asked: 0 }) };
}

/** Moves the times of a rollout forward by the milliseconds in which its driver could not see the directors. */
export function postponed(rollout: Rollout, milliseconds: number): Rollout {
  const { batchSince, bakingSince } = rollout;
  return {
    ...rollout,
    batchSince: later(batchSince, milliseconds),
    ...(bakingSince !== undefined && { bakingSince: later(bakingSince, milliseconds) }),
  };
}

function later(moment: string, milliseconds: number): string {
  return new Date(Date.parse(moment) + milliseconds).toISOString();
}
