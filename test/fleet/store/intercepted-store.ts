import { StoreError } from '../../../src/fleet/store/error.ts';
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

  /** Loses the answer to the next transaction for which `applies` is true; it is carried out or not. */
  loseAnswer(isCarriedOut: boolean, applies: (transaction: Transaction) => boolean = () => true): void {
    const { intercept } = this;
    this.intercept = async (transaction, commit) => {
      if (!applies(transaction)) return intercept(transaction, commit);
      this.intercept = intercept;
      if (isCarriedOut) await commit();
      throw new StoreError('outcome-unknown', 'memory', 'the answer was lost');
    };
  }
}
