import { documentAt, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { type Rollout, rolloutDocument } from '../documents/rollout.ts';
import type { Target } from '../documents/target.ts';
import { FleetError } from '../fleet-error.ts';
import { type FleetState, readFleet } from '../status/fleet-state.ts';
import type { Store } from '../store/store.ts';
import { unconfirmedBy } from './renewal.ts';
import { isOver } from './start.ts';
import { targetsAtOnce } from './step.ts';
import { restarted } from './times.ts';
import { writeRollout } from './write.ts';

/** Name of the driver that changes a rollout, and the time in milliseconds since 1970. */
export interface Actor {
  readonly holder: string;
  readonly now: number;
}

/**
 * Replaces the rollout that was read by a new one.
 *
 * @throws {FleetError} if somebody else was faster.
 */
export async function placeRollout(
  store: Store,
  keys: Keys,
  before: Stored<Rollout> | undefined,
  rollout: Rollout,
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await writeRollout(store, keys, before, rollout)) return;
    const present = await lastRollout(store, keys);
    if (present?.content.id === rollout.id) return;
    if (present?.modRevision !== before?.modRevision) throw overtaken(present?.content);
    // The answer was lost, and nothing was written.
  }
  throw tooOften();
}

function overtaken(present: Rollout | undefined): FleetError {
  return new FleetError(
    `${present?.holder ?? 'somebody'} has changed the rollout meanwhile: check ipvsadm-fleet status`,
  );
}

function tooOften(): FleetError {
  return new FleetError('the rollout keeps changing: try again');
}

/**
 * Pauses the rollout with that id if it is active, so that its driver changes nothing more.
 *
 * @throws {FleetError} if that rollout has been replaced by another one.
 */
export async function pauseIfActive(store: Store, keys: Keys, id: string, actor: Actor): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const last = await lastRollout(store, keys);
    if (last?.content.id !== id) throw overtaken(last?.content);
    if (last.content.state !== 'active') return;
    if (await writeRollout(store, keys, last, paused(last.content, actor))) return;
  }
  throw tooOften();
}

/**
 * Replaces the rollout with that id, whatever its state.
 *
 * @throws {FleetError} if that rollout has been replaced by another one already.
 */
export async function replaceRollout(
  store: Store,
  keys: Keys,
  id: string,
  next: (fleet: FleetState, present: Rollout) => Rollout,
): Promise<void> {
  let placed: string | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const fleet = await readFleet(store, keys);
    const { rollout } = fleet;
    // The last attempt succeeded, but its answer was lost.
    if (rollout && rollout.content.id === placed) return;
    if (rollout?.content.id !== id) throw overtaken(rollout?.content);
    const replacement = next(fleet, rollout.content);
    placed = replacement.id;
    if (await writeRollout(store, keys, rollout, replacement)) return;
  }
  throw tooOften();
}

/** Pauses a rollout: its driver ends, and no further targets are set. */
export function pauseRollout(store: Store, keys: Keys, actor: Actor): Promise<Rollout> {
  return change(store, keys, (rollout) => {
    if (rollout.state !== 'active')
      throw new FleetError(`the rollout of revision ${rollout.revision} is ${rollout.state} already`);
    return paused(rollout, actor);
  });
}

function paused(rollout: Rollout, actor: Actor): Rollout {
  const { holder } = actor;
  return { ...rollout, state: 'paused', holder, reason: `paused by ${holder}`, changed: timeOf(actor) };
}

/**
 * Aborts a rollout: directors whose targets are set keep the revision, which is confirmed for them, the others get none. If it is
 * aborted already, confirms what an interrupted command has left.
 */
export async function abortRollout(store: Store, keys: Keys, actor: Actor): Promise<Rollout> {
  const last = await readFleet(store, keys);
  const isLeft =
    last.rollout?.content.state === 'aborted' && unconfirmedBy(last, last.rollout.content).length > 0;
  const rollout =
    isLeft && last.rollout
      ? last.rollout.content
      : await change(store, keys, (present) => ({
          ...present,
          state: 'aborted',
          holder: actor.holder,
          reason: `aborted by ${actor.holder}`,
          changed: timeOf(actor),
        }));
  await confirmAll(store, keys, rollout.id);
  return rollout;
}

/** Confirms the revision of an aborted rollout for all directors whose targets it has set, until another rollout begins. */
async function confirmAll(store: Store, keys: Keys, id: string): Promise<void> {
  for (;;) {
    const fleet = await readFleet(store, keys);
    const { rollout } = fleet;
    if (rollout?.content.id !== id) return;
    const names = unconfirmedBy(fleet, rollout.content);
    if (names.length === 0) return;
    const targets = names.slice(0, targetsAtOnce).flatMap((name): (readonly [string, Target])[] => {
      const target = fleet.targets.get(name)?.content;
      return target ? [[name, { ...target, confirmed: true }]] : [];
    });
    await writeRollout(store, keys, rollout, rollout.content, new Map(targets));
  }
}

/** How a rollout is resumed. */
export interface Resumption extends Actor {
  /** Id of the rollout to resume; default: whichever is under way. */
  readonly id?: string;
  /** Whether the driver has a command that judges each wave, from now on where the rollout had none. */
  readonly hasCheck?: boolean;
}

/**
 * Takes over a rollout and makes it active again. Directors that have failed stay out of it, and so do the others of their groups.
 * The operator accepts these failures, but no further ones: they count as before.
 *
 * @throws {FleetError} if a command judges the waves, and the driver has none; or if the rollout has been replaced.
 */
export function resumeRollout(
  store: Store,
  keys: Keys,
  { id, hasCheck = false, ...actor }: Resumption,
): Promise<Rollout> {
  return change(store, keys, (rollout) => {
    if (id !== undefined && rollout.id !== id) throw overtaken(rollout);
    if (rollout.options.check && !hasCheck)
      throw new FleetError('this rollout has a check command: give it again with --check');
    const { reason: _, ...anew } = restarted(rollout, actor.now);
    return {
      ...anew,
      options: { ...rollout.options, ...(hasCheck && { check: true }) },
      state: 'active',
      holder: actor.holder,
      accepted: Object.keys(rollout.failed).length,
      changed: timeOf(actor),
    };
  });
}

const attempts = 20;

/** Changes the rollout, comparing its modification revision; retries if somebody else was faster. */
async function change(store: Store, keys: Keys, next: (rollout: Rollout) => Rollout): Promise<Rollout> {
  let written: Rollout | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const present = await lastRollout(store, keys);
    // The last attempt succeeded, but its answer was lost.
    if (written && present && isSame(written, present.content)) return written;
    const before = demandPresent(present);
    written = next(before.content);
    if (await writeRollout(store, keys, before, written)) return written;
  }
  throw tooOften();
}

/** Whether two rollouts are stored as the same document. */
function isSame(one: Rollout, other: Rollout): boolean {
  return rolloutDocument.encode(one) === rolloutDocument.encode(other);
}

/**
 * Reads the rollout that is under way.
 *
 * @throws {FleetError} if there is none, or it is over.
 */
export async function presentRollout(store: Store, keys: Keys): Promise<Stored<Rollout>> {
  return demandPresent(await lastRollout(store, keys));
}

function demandPresent(rollout: Stored<Rollout> | undefined): Stored<Rollout> {
  if (!rollout || isOver(rollout.content)) throw new FleetError('no rollout is in progress');
  return rollout;
}

/** Reads the last rollout, which may be over. Reading one key is fast enough to fit between two writes of the driver. */
export async function lastRollout(store: Store, keys: Keys): Promise<Stored<Rollout> | undefined> {
  return documentAt(await store.read(keys.rollout), keys.rollout, rolloutDocument);
}

function timeOf({ now }: Actor): string {
  return new Date(now).toISOString();
}
