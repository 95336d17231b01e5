import { putDocument, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { type Rollout, rolloutDocument } from '../documents/rollout.ts';
import { type Renewal, renewalDocument, type Target, targetDocument } from '../documents/target.ts';
import { StoreError } from '../store/error.ts';
import type { Store } from '../store/store.ts';

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
  try {
    const { committed, revision } = await store.commit({
      compares: [{ key: keys.rollout, modRevision: before?.modRevision ?? 0n }],
      puts: [
        putDocument(keys.rollout, rolloutDocument, rollout),
        ...[...targets].map(([name, target]) => putDocument(keys.target(name), targetDocument, target)),
      ],
    });
    return committed ? revision : undefined;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'outcome-unknown') return undefined;
    throw error;
  }
}

/** Writes a renewal, if the rollout in the store is still the one that was read. Whether that succeeds, another read shows. */
export async function writeRenewal(
  store: Store,
  keys: Keys,
  before: Stored<Rollout>,
  renewal: Renewal,
): Promise<void> {
  try {
    await store.commit({
      compares: [{ key: keys.rollout, modRevision: before.modRevision }],
      puts: [putDocument(keys.renewal, renewalDocument, renewal)],
    });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'outcome-unknown') throw error;
  }
}
