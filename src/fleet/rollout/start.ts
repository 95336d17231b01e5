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
    turn: 0,
    since: time,
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

/** The revision that a director was told before `revision`. One that is rolled out again is none to go back to. */
function formerOf({ targets, rollout }: FleetState, name: string, revision: number): number | null {
  const told = targets.get(name)?.content.revision ?? null;
  const last = rollout?.content;
  return told === revision && last?.revision === revision ? (last.former[name] ?? null) : told;
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

/** A way back, and how it is gone. */
export interface Back extends Identity {
  /** The revision whose rules come back. */
  readonly restores: number;
  /** An operator has named it: the rules come back to every director that was ever told a revision. */
  readonly isChosen: boolean;
  /** Seconds for draining; that of the last rollout where it is absent. */
  readonly drain?: number | undefined;
}

/**
 * Prepares the rollout of rules that were here before, as a new revision: to those directors first that the last rollout has told,
 * held or not, and to others after them. Without a choice these are the ones that have the rules, for which nothing changes but the
 * number. Directors that are not heard of find it when they return.
 *
 * @throws {FleetError} where there is no director to go back.
 */
export function startRollback(
  fleet: FleetState,
  last: Rollout,
  { restores, isChosen, drain = last.options.drain, ...identity }: Back,
): Rollout {
  const told = inOrder(toldBy(fleet, last), fleet);
  const groupOf = (name: string) => fleet.settings.get(name)?.content.group;
  const others = fleet.directors.filter((name) => {
    const revision = fleet.targets.get(name)?.content.revision;
    const isMeant = isChosen ? revision !== undefined : revision === restores;
    return isMeant && !told.includes(name) && !fleet.settings.get(name)?.content.held;
  });
  if (told.length + others.length === 0) throw new FleetError('no director was told a revision yet');
  // Of a group those first that may be in the midst of a change: so no two of it are.
  const has = (name: string) => fleet.reports.get(name)?.content.applied?.revision === last.revision;
  const first = [...told.filter((name) => !has(name)), ...told.filter(has)];
  return newRollout(fleet, identity, {
    restores,
    options: {
      bake: 0,
      deadline: last.options.deadline,
      maxFailures: told.length + others.length,
      onFailure: 'halt',
      offline: 'tell',
      ...(drain !== undefined && { drain }),
    },
    phase: 'waves',
    waves: [first, inOrder(others, fleet)].flatMap((some) => divide(some, 0, [{ percent: 100 }], groupOf)),
    reason: `goes back from revision ${last.revision}`,
  });
}

/**
 * Demands that all directors of a rollout have the same revision now, to which they could go back.
 *
 * @throws {FleetError}
 */
export function demandWayBack({ waves, former }: Rollout): void {
  const before = new Set(waves.flat(2).flatMap((name) => former[name] ?? []));
  if (before.size === 1) return;
  const found = before.size === 0 ? 'have none now' : `have different ones now (${[...before].join(', ')})`;
  throw new FleetError(`--on-failure rollback needs a revision to go back to, and the directors ${found}`);
}

/** The directors that a rollout has told its revision. */
export function toldBy({ targets }: Pick<FleetState, 'targets'>, { id, revision }: Rollout): string[] {
  return [...targets]
    .filter(([, { content }]) => content.rollout === id && content.revision === revision)
    .map(([name]) => name);
}

/**
 * The revision that the directors which a rollout has told had before. Those that had none get what the others had.
 *
 * @throws {FleetError} where there is none, or where they had different ones; or where the rollout has gone back itself, as that
 *   would bring the rules that were wrong.
 */
export function revisionBefore(fleet: Pick<FleetState, 'targets'>, rollout: Rollout): number {
  const { restores, revision } = rollout;
  if (restores !== undefined) {
    throw new FleetError(
      `the last rollout brought the rules of revision ${restores} back: choose a revision with --to`,
    );
  }
  const told = toldBy(fleet, rollout);
  if (told.length === 0)
    throw new FleetError(
      `no director was told revision ${revision}, so there is nothing to go back from: choose one with --to`,
    );
  const before = new Set(told.flatMap((name) => rollout.former[name] ?? []));
  const [first] = before;
  if (before.size > 1) {
    const numbers = [...before].join(', ');
    throw new FleetError(`the directors had different revisions before (${numbers}): choose one with --to`);
  }
  if (first === undefined) throw new FleetError('the directors had no revision before: choose one with --to');
  if (first === revision)
    throw new FleetError(`the directors had revision ${revision} before, too: choose one with --to`);
  return first;
}
