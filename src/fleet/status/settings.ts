import { putDocument } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { type DirectorSettings, directorDocument } from '../documents/operator.ts';
import { rolloutDocument } from '../documents/rollout.ts';
import { FleetError } from '../fleet-error.ts';
import { isOver } from '../rollout/start.ts';
import type { Commit, Store } from '../store/store.ts';
import { tryCommit } from '../store/try-commit.ts';
import { type FleetState, readFleet, unknownSettings } from './fleet-state.ts';

const attempts = 20;

/**
 * Changes the operators' settings for a director. While a rollout is under way it is written again as it is: its driver compares
 * its modification revision, and so sets no target by settings that are out of date.
 *
 * @throws {FleetError} if there is no such director, or others keep changing its settings.
 */
export async function changeSettings(
  store: Store,
  keys: Keys,
  name: string,
  change: (settings: DirectorSettings) => DirectorSettings,
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const fleet = await readFleet(store, keys);
    requireDirector(fleet, name);
    const unknown = unknownSettings(fleet, name);
    if (unknown !== undefined)
      throw new FleetError(
        `${name}: ${unknown} (ipvsadm-fleet forget ${name} removes them when its agent is stopped)`,
      );
    const before = fleet.settings.get(name);
    const settings = putDocument(keys.director(name), directorDocument, change(before?.content ?? {}));
    const { rollout } = fleet;
    const isUnderWay = rollout !== undefined && !isOver(rollout.content);
    // If the answer is lost, the next attempt writes the same again.
    const commit = await tryCommit(store, {
      compares: [
        { key: keys.director(name), modRevision: before?.modRevision ?? 0n },
        { key: keys.rollout, modRevision: rollout?.modRevision ?? 0n },
      ],
      puts: isUnderWay ? [settings, putDocument(keys.rollout, rolloutDocument, rollout.content)] : [settings],
    });
    if (commit?.committed) return;
  }
  throw new FleetError(`the settings of ${name} keep changing: try again`);
}

/**
 * Removes everything that the store holds about a director.
 *
 * @throws {FleetError} if its agent is online, or a rollout is under way.
 */
export async function forgetDirector(store: Store, keys: Keys, name: string): Promise<void> {
  const fleet = await readFleet(store, keys);
  let commit = await tryForget(store, keys, fleet, name);
  for (let attempt = 1; !commit; attempt++) {
    // Only the answer may have been lost.
    const present = await readFleet(store, keys);
    if (!present.directors.includes(name)) return;
    if (attempt === attempts) throw new FleetError(`the answers of the store keep being lost: try again`);
    commit = await tryForget(store, keys, present, name);
  }
  if (!commit.committed)
    throw new FleetError(`a rollout has started, or ${name} has come back: nothing was removed`);
}

/** Makes one attempt to remove a director. Returns undefined if the answer was lost. */
function tryForget(store: Store, keys: Keys, fleet: FleetState, name: string): Promise<Commit | undefined> {
  requireDirector(fleet, name);
  if (fleet.alive.has(name)) throw new FleetError(`the agent of ${name} is running: stop it first`);
  if (fleet.rollout && !isOver(fleet.rollout.content))
    throw new FleetError(`a rollout is in progress: hold ${name} to continue it without this director`);
  // An unreadable sign of an agent may have been written by something else, without a lease that would expire.
  const sign = fleet.flaws.get(name)?.find(({ document }) => document === 'presence');
  return tryCommit(store, {
    compares: [
      { key: keys.rollout, modRevision: fleet.rollout?.modRevision ?? 0n },
      { key: keys.presence(name), modRevision: sign?.modRevision ?? 0n },
    ],
    puts: [],
    deletes: [keys.report(name), keys.target(name), keys.director(name), keys.presence(name)],
  });
}

function requireDirector({ directors }: FleetState, name: string): void {
  if (!directors.includes(name)) throw new FleetError(`this fleet has no director ${name}`);
}
