import { aliveDocument } from '../documents/report.ts';
import { StoreError } from '../store/error.ts';
import type { Membership } from './fleet-orders.ts';

/** Seconds after which an agent that is not heard of counts as away. */
const leaseSeconds = 30;

/** Shows others that an agent runs, by a key that goes with its lease. It changes nothing for anybody. */
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

  /** Begins, and goes on until {@link end}. */
  begin(): void {
    void this.#beat();
    this.#timer = setInterval(() => void this.#beat(), (leaseSeconds * 1000) / 3);
  }

  /** Ends the lease, so that others know at once. */
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
      // Others see that the agent is away; it says itself why it cannot reach the store.
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
    await store.commit({ compares: [], puts: [{ key: keys.aliveness(name), value, lease }] });
    this.#lease = lease;
  }
}

function ignoreStore(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}
