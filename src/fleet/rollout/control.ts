import { documentAt, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { type Rollout, rolloutDocument } from '../documents/rollout.ts';
import { FleetError } from '../fleet-error.ts';
import { type FleetState, readFleet } from '../status/fleet-state.ts';
import type { Store } from '../store/store.ts';
import { isOver } from './start.ts';
import { writeRollout } from './write.ts';

/** Who changes a rollout, and when: milliseconds since 1970. */
export interface By {
  readonly holder: string;
  readonly now: number;
}

/**
 * Puts a new rollout in the place of the one that was read.
 *
 * @throws {FleetError} where somebody else has been quicker.
 */
export async function placeRollout(
  store: Store,
  keys: Keys,
  before: Stored<Rollout> | undefined,
  rollout: Rollout,
): Promise<void> {
  if (await writeRollout(store, keys, before, rollout)) return;
  const present = (await readFleet(store, keys)).rollout?.content;
  if (present?.id === rollout.id) return;
  throw overtaken(present);
}

function overtaken(present: Rollout | undefined): FleetError {
  return new FleetError(
    `${present?.holder ?? 'somebody'} has changed the rollout meanwhile: look at it (ipvsadm-fleet status)`,
  );
}

function tooOften(): FleetError {
  return new FleetError('the rollout is changed so often that there is no coming in between: try again');
}

/**
 * Holds the rollout of that id where it is under way, so that its driver changes nothing more.
 *
 * @throws {FleetError} where there is another one by now.
 */
export async function holdRollout(store: Store, keys: Keys, id: string, by: By): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const last = await lastRollout(store, keys);
    if (last?.content.id !== id) throw overtaken(last?.content);
    if (last.content.state !== 'active') return;
    if (await writeRollout(store, keys, last, paused(last.content, by))) return;
  }
  throw tooOften();
}

/**
 * Puts a rollout in the place of the one of that id, wherever that stands.
 *
 * @throws {FleetError} where there is another one by now.
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
    // The answer to the last attempt was lost.
    if (rollout && rollout.content.id === placed) return;
    if (rollout?.content.id !== id) throw overtaken(rollout?.content);
    const replacement = next(fleet, rollout.content);
    placed = replacement.id;
    if (await writeRollout(store, keys, rollout, replacement)) return;
  }
  throw tooOften();
}

/** Holds a rollout: its driver ends, and no further director is told anything. */
export function pauseRollout(store: Store, keys: Keys, by: By): Promise<Rollout> {
  return change(store, keys, (rollout) => {
    if (rollout.state !== 'active')
      throw new FleetError(`the rollout of revision ${rollout.revision} is ${rollout.state} already`);
    return paused(rollout, by);
  });
}

function paused(rollout: Rollout, by: By): Rollout {
  const { holder } = by;
  return { ...rollout, state: 'paused', holder, reason: `paused by ${holder}`, changed: timeOf(by) };
}

/** Ends a rollout where it stands: directors that were told keep the revision, the others are told nothing. */
export function abortRollout(store: Store, keys: Keys, by: By): Promise<Rollout> {
  return change(store, keys, (rollout) => ({
    ...rollout,
    state: 'aborted',
    holder: by.holder,
    reason: `aborted by ${by.holder}`,
    changed: timeOf(by),
  }));
}

/** Takes a rollout over. Where it has halted, it goes on without the directors that failed. */
export function resumeRollout(store: Store, keys: Keys, by: By): Promise<Rollout> {
  return change(store, keys, ({ reason: _, ...rollout }) => ({
    ...rollout,
    state: 'active',
    holder: by.holder,
    skipped: {
      ...rollout.skipped,
      ...Object.fromEntries(
        Object.entries(rollout.failed).map(([name, why]) => [name, `failed: ${why}`.slice(0, 1000)]),
      ),
    },
    failed: {},
    // Directors that are in the middle of it get the whole time again.
    since: timeOf(by),
    changed: timeOf(by),
  }));
}

const attempts = 20;

/** Changes the rollout against its modification revision, anew where somebody else has been quicker. */
async function change(store: Store, keys: Keys, next: (rollout: Rollout) => Rollout): Promise<Rollout> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const present = await presentRollout(store, keys);
    const rollout = next(present.content);
    if (await writeRollout(store, keys, present, rollout)) return rollout;
  }
  throw tooOften();
}

/**
 * Reads the rollout that is under way.
 *
 * @throws {FleetError} where there is none, or it is over.
 */
export async function presentRollout(store: Store, keys: Keys): Promise<Stored<Rollout>> {
  const rollout = await lastRollout(store, keys);
  if (!rollout || isOver(rollout.content)) throw new FleetError('no rollout is under way');
  return rollout;
}

/** Reads the last rollout, which may be over. It alone is read soon, and so between two writes of its driver. */
export async function lastRollout(store: Store, keys: Keys): Promise<Stored<Rollout> | undefined> {
  return documentAt(await store.read(keys.rollout), keys.rollout, rolloutDocument);
}

function timeOf({ now }: By): string {
  return new Date(now).toISOString();
}
