import { StoreError } from './error.ts';
import { notLongAfter } from './not-long-after.ts';
import type { Compare, Put, Store } from './store.ts';

/** Seconds after which a key is removed whose owner does not renew the lease. */
export const leaseSeconds = 30;

/** A key to write, and the conditions on which it may be written. */
export interface LeasedWrite {
  readonly compares: readonly Compare[];
  readonly put: Omit<Put, 'lease'>;
}

/** Options of a {@link LeasedKey}. */
export interface LeasedKeyOptions {
  /** Returns what to write when there is no lease; undefined if the key must not be written now. */
  readonly prepare: () => Promise<LeasedWrite | undefined>;
  /** Whether the owner still does its work: otherwise the lease is not renewed. */
  readonly isWell?: () => boolean;
}

/** A key that shows others that its owner runs: it expires with the owner's lease. */
export class LeasedKey {
  readonly #store: Store;
  readonly #prepare: () => Promise<LeasedWrite | undefined>;
  readonly #isWell: () => boolean;
  #lease: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  #isWithheld = false;
  #isOver = false;

  constructor(store: Store, { prepare, isWell = () => true }: LeasedKeyOptions) {
    this.#store = store;
    this.#prepare = prepare;
    this.#isWell = isWell;
  }

  /** Whether the key was written, and its lease was not found to have ended since. */
  get isHeld(): boolean {
    return this.#lease !== undefined;
  }

  /** Tries to write the key, and renews its lease or tries again until {@link end}. Resolves after the first attempt. */
  begin(): Promise<void> {
    this.#timer = setInterval(() => void this.#beat(), (leaseSeconds * 1000) / 3);
    return this.#beat();
  }

  /** Ends the lease, so that others see at once that the owner is offline. A store that hangs ends it by itself later. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#isOver = true;
    await notLongAfter(AbortSignal.abort(), this.#revoke(), async () => {});
  }

  /** Removes the key, and does not write it again until {@link show}. */
  async withhold(): Promise<void> {
    this.#isWithheld = true;
    await this.#revoke();
  }

  /** Writes the key again, which somebody has removed while its lease went on. */
  async restore(): Promise<void> {
    await this.#revoke();
    await this.#beat();
  }

  /** Writes the key again after {@link withhold}. */
  async show(): Promise<void> {
    if (!this.#isWithheld) return;
    this.#isWithheld = false;
    await this.#beat();
  }

  async #revoke(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease !== undefined) await this.#store.revoke(lease).catch(ignoreStore);
  }

  get #isWanted(): boolean {
    return !this.#isOver && !this.#isWithheld;
  }

  async #beat(): Promise<void> {
    if (this.#isBeating || !this.#isWanted || !this.#isWell()) return;
    this.#isBeating = true;
    try {
      await this.#renew();
    } catch (error) {
      // Others see that the owner is offline; why it cannot reach the store is told where it reads it.
      ignoreStore(error);
    } finally {
      this.#isBeating = false;
    }
  }

  async #renew(): Promise<void> {
    if (this.#lease !== undefined && (await this.#store.keepAlive(this.#lease))) return;
    this.#lease = undefined;
    const write = await this.#prepare();
    if (!write || !this.#isWanted) return;
    const lease = await this.#store.grant(leaseSeconds);
    const { compares, put } = write;
    const isOurs =
      this.#isWanted && (await this.#store.commit({ compares, puts: [{ ...put, lease }] })).committed;
    if (isOurs && this.#isWanted) this.#lease = lease;
    else await this.#store.revoke(lease);
  }
}

function ignoreStore(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}
