import type { Commit, Transaction } from '../../../src/fleet/store/store.ts';
import { MemoryStore } from './memory-store.ts';

/** A store whose transactions a test intercepts. */
export class InterceptedStore extends MemoryStore {
  /** Called with each transaction, and a function that carries it out. */
  intercept: (transaction: Transaction, commit: () => Promise<Commit>) => Promise<Commit> = (_, commit) =>
    commit();

  override commit(transaction: Transaction): Promise<Commit> {
    return this.intercept(transaction, () => super.commit(transaction));
  }
}
