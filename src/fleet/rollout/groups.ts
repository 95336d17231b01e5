import { valueFor } from '../documents/record.ts';
import type { Rollout } from '../documents/rollout.ts';
import { type FleetState, unknownSettings } from '../status/fleet-state.ts';

/** Directors whose targets may be set now, and for each other one the director of its group that is in the middle of a change. */
export interface Apart {
  readonly free: readonly string[];
  readonly blocked: ReadonlyMap<string, string>;
}

/** State of the current batch, by which {@link keepApart} decides. */
export interface Apartness {
  /** Directors whose targets the rollout has set, and that have not converged yet. */
  readonly changing: readonly string[];
  /** Whether the deadline of the batch is over. */
  readonly isLate: boolean;
}

/**
 * Chooses from directors so that no two of one group are in the middle of a change. Batches are made when a rollout starts, but
 * groups may have been set since: the settings at the moment of setting the targets decide.
 */
export function keepApart(
  fleet: FleetState,
  rollout: Rollout,
  names: readonly string[],
  { changing, isLate }: Apartness,
): Apart {
  // In a rollback, faulty rules on the others of a group are worse than a moment in which two of them change.
  const isUrgent = rollout.options.offline === 'set-target' && isLate;
  const ours = byGroup(fleet, changing);
  const earlier = byGroup(
    fleet,
    isUrgent ? [] : fleet.directors.filter((name) => isChanging(fleet, rollout, name)),
  );
  const free: string[] = [];
  const blocked = new Map<string, string>();
  for (const name of names) {
    const group = groupOf(fleet, name);
    const holder = group === undefined ? undefined : holderOf(name, ours.get(group), earlier.get(group));
    if (holder !== undefined) {
      blocked.set(name, holder);
      continue;
    }
    free.push(name);
    if (group !== undefined) ours.set(group, [name]);
  }
  return { free, blocked };
}

/**
 * Returns the director for which another one of its group has to wait. One that is in the middle of a change of an earlier rollout
 * itself waits only for this rollout: a new target brings no further director into change.
 */
function holderOf(
  name: string,
  ours: readonly string[] | undefined,
  earlier: readonly string[] = [],
): string | undefined {
  return ours?.[0] ?? (earlier.includes(name) ? undefined : earlier[0]);
}

function byGroup(fleet: FleetState, names: readonly string[]): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const name of names) {
    const group = groupOf(fleet, name);
    if (group === undefined) continue;
    const members = result.get(group);
    if (members) members.push(name);
    else result.set(group, [name]);
  }
  return result;
}

/**
 * Whether an online director is in the middle of a change, or has not answered the target of an earlier rollout yet. One that has
 * failed in this rollout is not waited for: what that means for its group is another question. Nor does a rollback wait for one
 * that is on hold.
 */
function isChanging(
  { targets, reports, alive, settings }: FleetState,
  rollout: Rollout,
  name: string,
): boolean {
  const target = targets.get(name);
  const report = reports.get(name)?.content;
  if (!alive.has(name) || report === undefined || valueFor(rollout.failed, name) !== undefined) return false;
  if (rollout.options.offline === 'set-target' && settings.get(name)?.content.held) return false;
  if (report.changing !== undefined) return true;
  return (
    target?.content.revision !== undefined &&
    target.content.rollout !== rollout.id &&
    BigInt(report.observed) < target.modRevision
  );
}

/** Returns why a director whose target is not set yet is left out of a rollout; undefined if it is not. */
export function reasonToLeaveOut(fleet: FleetState, rollout: Rollout, name: string): string | undefined {
  const failedPeer = findFailedPeer(fleet, rollout, name);
  if (failedPeer !== undefined) return `${failedPeer} of its group failed`;
  const held = fleet.settings.get(name)?.content.held;
  return held ? `on hold by ${held.by}` : unknownSettings(fleet, name);
}

/** Returns a failed director of the same group: changing another one would put the whole group at risk. */
function findFailedPeer(fleet: FleetState, { failed }: Rollout, name: string): string | undefined {
  const group = groupOf(fleet, name);
  if (group === undefined) return undefined;
  return Object.keys(failed).find((other) => other !== name && groupOf(fleet, other) === group);
}

function groupOf({ settings }: FleetState, name: string): string | undefined {
  return settings.get(name)?.content.group;
}
