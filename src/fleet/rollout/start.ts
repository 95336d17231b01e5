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
  refuseShortConfirm(options, divided);
  return newRollout(fleet, identity, { options, phase: 'preview', waves: divided, skipped });
}

/** Throws if the directors of a wave would roll back by themselves before the wave is judged. */
function refuseShortConfirm({ bake, drain = 0, confirm }: RolloutOptions, waves: Rollout['waves']): void {
  if (confirm === undefined) return;
  const batches = Math.max(...waves.map(({ length }) => length));
  if (confirm > bake + batches * drain) return;
  const draining =
    drain === 0
      ? ''
      : ` and --drain ${drain}s${batches > 1 ? `, ${batches} times as of groups,` : ''} together`;
  throw new FleetError(
    `--confirm ${confirm}s is not longer than --bake ${bake}s${draining}: directors would go back before their wave passes the gate`,
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
  { restores, isChosen, drain = last.options.drain, ...identity }: RollbackRequest,
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
      deadline: last.options.deadline,
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

/**
 * Throws unless all directors of a rollout have the same revision now, to which they could roll back.
 *
 * @throws {FleetError}
 */
export function requireCommonRevision({ waves, former }: Rollout): void {
  const before = new Set(waves.flat(2).flatMap((name) => valueFor(former, name) ?? []));
  if (before.size === 1) return;
  const found = before.size === 0 ? 'have none' : `have different ones (${[...before].join(', ')})`;
  throw new FleetError(`--on-failure rollback needs a revision to go back to, and the directors ${found}`);
}

/** Returns the directors whose targets the rollout has set to its revision. */
export function targetedBy({ targets }: Pick<FleetState, 'targets'>, { id, revision }: Rollout): string[] {
  return [...targets]
    .filter(([, { content }]) => content.rollout === id && content.revision === revision)
    .map(([name]) => name);
}

/**
 * Returns the revision that the directors changed by a rollout had before. Directors that had none get the one of the others.
 *
 * @throws {FleetError} if there is none, if they had different ones, or if the rollout was a rollback itself: undoing that would
 *   restore the faulty rules.
 */
export function revisionBefore(fleet: Pick<FleetState, 'targets'>, rollout: Rollout): number {
  const { restores, revision } = rollout;
  if (restores !== undefined) {
    throw new FleetError(
      `the last rollout was a rollback to the rules of revision ${restores}: choose a revision with --to`,
    );
  }
  const targeted = targetedBy(fleet, rollout);
  if (targeted.length === 0)
    throw new FleetError(
      `no director was updated to revision ${revision}, so there is nothing to undo: choose a revision with --to`,
    );
  const before = new Set(targeted.flatMap((name) => valueFor(rollout.former, name) ?? []));
  const [first] = before;
  if (before.size > 1) {
    const numbers = [...before].join(', ');
    throw new FleetError(
      `the directors had different revisions before (${numbers}): choose a revision with --to`,
    );
  }
  if (first === undefined)
    throw new FleetError('the directors had no revision before: choose a revision with --to');
  if (first === revision)
    throw new FleetError(`the directors had revision ${revision} before, too: choose a revision with --to`);
  return first;
}
