import { putDocument, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { type Rollout, rolloutDocument } from '../documents/rollout.ts';
import { type Renewal, renewalDocument, type Target, targetDocument } from '../documents/target.ts';
import type { Store } from '../store/store.ts';
import { tryCommit } from '../store/try-commit.ts';

/**
 * Writes a rollout and targets, if the rollout in the store is still the one that was read. Returns the store's new revision;
 * undefined if the rollout has changed, or if the answer was lost, so that only another read can show the outcome.
 */
export async function writeRollout(
  store: Store,
  keys: Keys,
  before: Stored<Rollout> | undefined,
  rollout: Rollout,
  targets: ReadonlyMap<string, Target> = new Map(),
): Promise<bigint | undefined> {
  const commit = await tryCommit(store, {
    compares: [{ key: keys.rollout, modRevision: before?.modRevision ?? 0n }],
    puts: [
      putDocument(keys.rollout, rolloutDocument, rollout),
      ...[...targets].map(([name, target]) => putDocument(keys.target(name), targetDocument, target)),
    ],
  });
  return commit?.committed ? commit.revision : undefined;
}

/** Writes a renewal, if the rollout in the store is still the one that was read. Whether that succeeds, another read shows. */
export async function writeRenewal(
  store: Store,
  keys: Keys,
  before: Stored<Rollout>,
  renewal: Renewal,
): Promise<void> {
  await tryCommit(store, {
    compares: [{ key: keys.rollout, modRevision: before.modRevision }],
    puts: [putDocument(keys.renewal, renewalDocument, renewal)],
  });
}
