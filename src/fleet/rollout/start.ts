import type { Limit } from '../../rules/guards.ts';
import type { Rollout, RolloutOptions } from '../documents/rollout.ts';
import { FleetError } from '../fleet-error.ts';
import type { FleetState } from '../status/fleet-state.ts';
import { divide, inOrder } from './waves.ts';

/** The rollout of a revision, who drives it, and when it begins. */
interface Identity {
  readonly revision: number;
  readonly id: string;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A rollout that somebody wants. */
export interface Wanted extends Identity {
  readonly canary: number;
  readonly waves: readonly Limit[];
  readonly options: RolloutOptions;
}

/**
 * Prepares a rollout, which begins with asking every director for its plan.
 *
 * @throws {FleetError} where another one is under way, where there is no director, or where the options contradict each other.
 */
export function startRollout(fleet: FleetState, { canary, waves, options, ...identity }: Wanted): Rollout {
  refuseSecond(fleet);
  const skipped: Record<string, string> = {};
  for (const name of fleet.directors) {
    const held = fleet.settings.get(name)?.content.held;
    if (held) skipped[name] = `held by ${held.by}`;
  }
  const members = inOrder(
    fleet.directors.filter((name) => !(name in skipped)),
    fleet,
  );
  if (members.length === 0) {
    const held = fleet.directors.length > 0;
    throw new FleetError(
      held ? 'every director is held' : 'no director has reported yet (ipvsadm-fleet agent runs on each)',
    );
  }
  const divided = divide(members, canary, waves, (name) => fleet.settings.get(name)?.content.group);
  refuseShortConfirm(options, divided);
  return newRollout(fleet, identity, { options, phase: 'preview', waves: divided, skipped });
}

/** Demands that the directors of a wave do not go back before it is judged. */
function refuseShortConfirm({ bake, drain = 0, confirm }: RolloutOptions, waves: Rollout['waves']): void {
  if (confirm === undefined) return;
  const batches = Math.max(...waves.map(({ length }) => length));
  if (confirm > bake + batches * drain) return;
  const draining =
    drain === 0
      ? ''
      : ` and --drain ${drain}s${batches > 1 ? `, ${batches} times as of groups,` : ''} together`;
  throw new FleetError(
    `--confirm ${confirm}s is not longer than --bake ${bake}s${draining}: directors would go back before their wave is judged`,
  );
}

/** Returns a rollout that has told nobody yet. */
function newRollout(
  { directors, targets }: FleetState,
  { revision, id, holder, now }: Identity,
  { options, phase, waves, ...rest }: Pick<Rollout, 'options' | 'phase' | 'waves'> & Partial<Rollout>,
): Rollout {
  const time = new Date(now).toISOString();
  return {
    id,
    revision,
    options,
    phase,
    state: 'active',
    waves,
    wave: 0,
    turn: 0,
    since: time,
    former: Object.fromEntries(directors.map((name) => [name, targets.get(name)?.content.revision ?? null])),
    baseline: {},
    failed: {},
    skipped: {},
    holder,
    started: time,
    changed: time,
    ...rest,
  };
}

/**
 * Demands that no rollout is under way.
 *
 * @throws {FleetError}
 */
export function refuseSecond({ rollout }: Pick<FleetState, 'rollout'>): void {
  const other = rollout?.content;
  if (!other || isOver(other)) return;
  throw new FleetError(
    `the rollout of revision ${other.revision} is ${other.state}, held by ${other.holder} since ${other.started}: resume, roll back or abort it first`,
  );
}

/** Whether nothing more comes of a rollout. */
export function isOver({ state }: Rollout): boolean {
  return state === 'done' || state === 'aborted';
}

/**
 * Prepares the rollout of rules that were here before, as a new revision: to those directors first that the last rollout has
 * told, and to all others after them, for which it changes nothing. Directors that are not heard of find it when they return.
 */
export function startRollback(fleet: FleetState, last: Rollout, identity: Identity): Rollout {
  const told = toldBy(fleet, last);
  const groupOf = (name: string) => fleet.settings.get(name)?.content.group;
  const members = fleet.directors.filter(
    (name) => !fleet.settings.get(name)?.content.held || told.includes(name),
  );
  const others = members.filter((name) => !told.includes(name));
  const { deadline, drain } = last.options;
  return newRollout(fleet, identity, {
    options: {
      bake: 0,
      deadline,
      maxFailures: members.length,
      onFailure: 'halt',
      offline: 'tell',
      ...(drain !== undefined && { drain }),
    },
    phase: 'waves',
    waves: [told, others].flatMap((some) => divide(inOrder(some, fleet), 0, [{ percent: 100 }], groupOf)),
    reason: `goes back from revision ${last.revision}`,
  });
}

/** The directors that a rollout has told its revision. */
export function toldBy({ targets }: Pick<FleetState, 'targets'>, { id, revision }: Rollout): string[] {
  return [...targets]
    .filter(([, { content }]) => content.rollout === id && content.revision === revision)
    .map(([name]) => name);
}

/**
 * The revision that all directors which a rollout has told had before.
 *
 * @throws {FleetError} where there is none, or where they had different ones.
 */
export function revisionBefore(fleet: Pick<FleetState, 'targets'>, rollout: Rollout): number {
  const told = toldBy(fleet, rollout);
  if (told.length === 0)
    throw new FleetError(
      `no director was told revision ${rollout.revision}, so there is nothing to go back from: choose one with --to`,
    );
  const before = new Set(told.map((name) => rollout.former[name] ?? undefined));
  const [first] = before;
  if (before.size > 1) {
    const numbers = [...before].map((number) => number ?? 'none').join(', ');
    throw new FleetError(`the directors had different revisions before (${numbers}): choose one with --to`);
  }
  if (first === undefined) throw new FleetError('the directors had no revision before: choose one with --to');
  return first;
}
