import type { Limit } from '../../rules/guards.ts';
import { valueFor } from '../documents/record.ts';
import type { Rollout, RolloutOptions } from '../documents/rollout.ts';
import { FleetError } from '../fleet-error.ts';
import { type FleetState, unknownSettings } from '../status/fleet-state.ts';
import { divide, inOrder } from './waves.ts';

/** Revision, id, driver and start time of a rollout. */
interface Identity {
  readonly revision: number;
  readonly id: string;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A rollout to be started. */
export interface RolloutRequest extends Identity {
  readonly canary: number;
  readonly waves: readonly Limit[];
  readonly options: RolloutOptions;
}

/**
 * Prepares a rollout, which begins by asking every director for its plan.
 *
 * @throws {FleetError} if another one is under way, there is no director, or the options contradict each other.
 */
export function startRollout(
  fleet: FleetState,
  { canary, waves, options, ...identity }: RolloutRequest,
): Rollout {
  refuseConcurrent(fleet);
  const skipped: Record<string, string> = {};
  for (const name of fleet.directors) {
    const held = fleet.settings.get(name)?.content.held;
    const unknown = unknownSettings(fleet, name);
    if (held) skipped[name] = `on hold by ${held.by}`;
    else if (unknown !== undefined) skipped[name] = unknown;
  }
  const members = inOrder(
    fleet.directors.filter((name) => !Object.hasOwn(skipped, name)),
    fleet,
  );
  if (members.length === 0) {
    const held = fleet.directors.length > 0;
    throw new FleetError(
      held ? 'every director is on hold' : 'no director has reported yet (start ipvsadm-fleet agent on each)',
    );
  }
  const divided = divide(members, canary, waves, (name) => fleet.settings.get(name)?.content.group);
  refuseShortConfirm(options);
  return newRollout(fleet, identity, { options, phase: 'preview', waves: divided, skipped });
}

/** Minimum of `--confirm` in seconds: directors read a renewal only when they have finished what they are doing. */
const shortestConfirm = 10;

/**
 * Throws if directors could go back by themselves though everything is well.
 *
 * @throws {FleetError}
 */
export function refuseShortConfirm({ confirm }: Pick<RolloutOptions, 'confirm'>): void {
  if (confirm === undefined || confirm >= shortestConfirm) return;
  throw new FleetError(
    `--confirm ${confirm}s is shorter than ${shortestConfirm}s: directors could go back before they read that the time is renewed`,
  );
}

/** Returns a rollout that has set no targets yet. */
function newRollout(
  fleet: FleetState,
  { revision, id, holder, now }: Identity,
  { options, phase, waves, ...rest }: Pick<Rollout, 'options' | 'phase' | 'waves'> & Partial<Rollout>,
): Rollout {
  const { directors } = fleet;
  const time = new Date(now).toISOString();
  return {
    id,
    revision,
    options,
    phase,
    state: 'active',
    waves,
    wave: 0,
    batch: 0,
    batchSince: time,
    former: Object.fromEntries(directors.map((name) => [name, formerOf(fleet, name, revision)])),
    baseline: {},
    failed: {},
    skipped: {},
    holder,
    started: time,
    changed: time,
    ...rest,
  };
}

/** Returns a director's target revision. If `revision` itself is rolled out again, returns the one before it instead. */
function formerOf({ targets, rollout }: FleetState, name: string, revision: number): number | null {
  const current = targets.get(name)?.content.revision ?? null;
  const last = rollout?.content;
  return current === revision && last?.revision === revision
    ? (valueFor(last.former, name) ?? null)
    : current;
}

/**
 * Throws if a rollout is under way.
 *
 * @throws {FleetError}
 */
export function refuseConcurrent({ rollout }: Pick<FleetState, 'rollout'>): void {
  const other = rollout?.content;
  if (!other || isOver(other)) return;
  throw new FleetError(
    `the rollout of revision ${other.revision}, started by ${other.holder} at ${other.started}, is ${other.state}: resume, roll back or abort it first`,
  );
}

/** Whether a rollout is over: done or aborted. */
export function isOver({ state }: Rollout): boolean {
  return state === 'done' || state === 'aborted';
}

/** A rollback to be started. */
export interface RollbackRequest extends Identity {
  /** The revision whose rules are restored. */
  readonly restores: number;
  /** Whether an operator has chosen the revision: then its rules are restored on every director that has a target revision. */
  readonly isChosen: boolean;
  /** Seconds that a director may take to converge before the others of its group follow all the same. */
  readonly deadline: number;
  /** Seconds for draining; default: those of the last rollout. */
  readonly drain?: number | undefined;
}

/**
 * Prepares a rollback: the rollout of earlier rules as a new revision. The directors whose targets the last rollout has set come
 * first, held or not. Others that are not held follow: all that have a target revision if an operator has chosen the rules,
 * otherwise only those that have these rules already, where just the number changes. Offline directors find their target when
 * they return.
 *
 * @throws {FleetError} if there is no director to roll back.
 */
export function startRollback(
  fleet: FleetState,
  last: Rollout,
  { restores, isChosen, deadline, drain = last.options.drain, ...identity }: RollbackRequest,
): Rollout {
  const targeted = inOrder(targetedBy(fleet, last), fleet);
  const groupOf = (name: string) => fleet.settings.get(name)?.content.group;
  const others = fleet.directors.filter((name) => {
    const revision = fleet.targets.get(name)?.content.revision;
    const isIncluded = isChosen ? revision !== undefined : revision === restores;
    return isIncluded && !targeted.includes(name) && !fleet.settings.get(name)?.content.held;
  });
  if (targeted.length + others.length === 0) throw new FleetError('no director has a target yet');
  // Directors that may be in the middle of a change come first in their group, so that no two of one group are.
  const hasApplied = (name: string) => fleet.reports.get(name)?.content.applied?.revision === last.revision;
  const first = [...targeted.filter((name) => !hasApplied(name)), ...targeted.filter(hasApplied)];
  return newRollout(fleet, identity, {
    restores,
    options: {
      bake: 0,
      deadline,
      maxFailures: targeted.length + others.length,
      onFailure: 'halt',
      offline: 'set-target',
      ...(drain !== undefined && { drain }),
    },
    phase: 'waves',
    waves: [first, inOrder(others, fleet)].flatMap((some) => divide(some, 0, [{ percent: 100 }], groupOf)),
    reason: `rolling back revision ${last.revision}`,
  });
}

/** Returns the directors whose targets the rollout has set to its revision. */
export function targetedBy({ targets }: Pick<FleetState, 'targets'>, { id, revision }: Rollout): string[] {
  return [...targets]
    .filter(([, { content }]) => content.rollout === id && content.revision === revision)
    .map(([name]) => name);
}
