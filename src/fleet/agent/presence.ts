import { aliveDocument } from '../documents/report.ts';
import { StoreError } from '../store/error.ts';
import type { Membership } from './fleet-orders.ts';

/** Seconds after which an agent that has not renewed its lease counts as offline. */
const leaseSeconds = 30;

/** Shows others that an agent runs, by a key in the store that expires with the agent's lease. */
export class Presence {
  readonly #membership: Membership;
  readonly #since: string;
  #lease: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  #isOver = false;

  constructor(membership: Membership) {
    this.#membership = membership;
    this.#since = new Date(membership.now()).toISOString();
  }

  /** Writes the key, and renews its lease until {@link end}. */
  begin(): void {
    void this.#beat();
    this.#timer = setInterval(() => void this.#beat(), (leaseSeconds * 1000) / 3);
  }

  /** Ends the lease, so that others see at once that the agent is offline. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#isOver = true;
    const lease = this.#lease;
    if (lease === undefined) return;
    await this.#membership.store.revoke(lease).catch(ignoreStore);
  }

  async #beat(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    try {
      await this.#renew();
    } catch (error) {
      // Others see that the agent is offline; why it cannot reach the store is logged when its orders are read.
      ignoreStore(error);
    } finally {
      this.#isBeating = false;
    }
  }

  async #renew(): Promise<void> {
    const { store, keys, name } = this.#membership;
    if (this.#lease !== undefined && (await store.keepAlive(this.#lease))) return;
    this.#lease = undefined;
    const lease = await store.grant(leaseSeconds);
    if (this.#isOver) return store.revoke(lease);
    const value = Buffer.from(aliveDocument.encode({ since: this.#since }));
    await store.commit({ compares: [], puts: [{ key: keys.presence(name), value, lease }] });
    this.#lease = lease;
  }
}

function ignoreStore(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}
