import { StoreError } from './error.ts';
import type { Commit, Store, Transaction } from './store.ts';

/**
 * Commits a transaction. Returns undefined if the answer was lost: only another read can show whether it was carried out.
 *
 * @throws {StoreError}
 */
export async function tryCommit(store: Store, transaction: Transaction): Promise<Commit | undefined> {
  try {
    return await store.commit(transaction);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'outcome-unknown') return undefined;
    throw error;
  }
}
