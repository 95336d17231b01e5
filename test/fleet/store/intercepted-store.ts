import type { Commit, Transaction } from '../../../src/fleet/store/store.ts';
import { MemoryStore } from './memory-store.ts';

/** A store in which a test comes between a transaction and its answer. */
export class InterceptedStore extends MemoryStore {
  /** Takes each transaction, and what carries it out. */
  intercept: (transaction: Transaction, commit: () => Promise<Commit>) => Promise<Commit> = (_, commit) =>
    commit();

  override commit(transaction: Transaction): Promise<Commit> {
    return this.intercept(transaction, () => super.commit(transaction));
  }
}
