import { DocumentError } from '../documents/document.ts';
import { documentAt, putDocument } from '../documents/entries.ts';
import { aliveDocument } from '../documents/report.ts';
import { LeasedKey, type LeasedWrite, leaseSeconds } from '../store/leased-key.ts';
import type { Snapshot } from '../store/store.ts';
import type { Membership } from './fleet-orders.ts';

/**
 * Shows others that an agent runs and reports, by a key in the store that expires with the agent's lease, and keeps two
 * directors from having one name: the key says on which machine the agent runs, and another machine's agent leaves it alone.
 */
export class Presence {
  readonly #membership: Membership;
  readonly #key: LeasedKey;
  readonly #since: string;
  /** The other machine that was last seen under this name, and when, in milliseconds since 1970. */
  #rival: { readonly sentence: string; readonly seen: number } | undefined;
  #isWell: () => boolean = () => true;

  constructor(membership: Membership) {
    this.#membership = membership;
    this.#since = new Date(membership.now()).toISOString();
    this.#key = new LeasedKey(membership.store, {
      prepare: () => this.#claim(),
      isWell: () => this.#isWell(),
    });
  }

  /** Claims the name, and renews the claim as long as the agent is well, until {@link end}. */
  begin(isWell: () => boolean): Promise<void> {
    this.#isWell = isWell;
    return this.#key.begin();
  }

  /** Gives the name up, so that others see at once that the agent is offline. */
  end(): Promise<void> {
    return this.#key.end();
  }

  /** Shows others whether the agent can be heard: an agent whose reports are not taken counts as offline. */
  setHeard(isHeard: boolean): Promise<void> {
    return isHeard ? this.#key.show() : this.#key.withhold();
  }

  /**
   * Returns why orders under this name are another machine's; undefined if they are for this one. Shows again that the agent runs
   * if somebody has removed the key.
   *
   * @throws {StoreError}
   */
  async rival(): Promise<string | undefined> {
    const { store, keys, name } = this.#membership;
    const snapshot = await store.read(keys.presence(name));
    if (this.#key.isHeld && snapshot.entries.length === 0) await this.#key.restore();
    return this.#rivalIn(snapshot);
  }

  async #claim(): Promise<LeasedWrite | undefined> {
    const { store, keys, name, machine } = this.#membership;
    const key = keys.presence(name);
    const snapshot = await store.read(key);
    if (this.#rivalIn(snapshot) !== undefined) return undefined;
    const modRevision = snapshot.entries[0]?.modRevision ?? 0n;
    const alive = { since: this.#since, machine: machine.id, host: machine.host };
    return { compares: [{ key, modRevision }], put: putDocument(key, aliveDocument, alive) };
  }

  #rivalIn(snapshot: Snapshot): string | undefined {
    const { name, now } = this.#membership;
    const where = this.#otherMachine(snapshot);
    if (where !== undefined) {
      const remedy = 'give this director another name with --director, or stop that agent';
      this.#rival = {
        sentence: `the name ${name} is used by another agent, ${where}: ${remedy}`,
        seen: now(),
      };
    }
    // While the agent of the other machine is only restarted, nobody takes the name from it. The clock may be set meanwhile.
    else if (this.#rival && Math.abs(now() - this.#rival.seen) >= leaseSeconds * 1000)
      this.#rival = undefined;
    return this.#rival?.sentence;
  }

  /** Describes another machine whose agent has this name; undefined if there is none. */
  #otherMachine(snapshot: Snapshot): string | undefined {
    const { keys, name, machine } = this.#membership;
    try {
      const alive = documentAt(snapshot, keys.presence(name), aliveDocument)?.content;
      if (!alive || alive.machine === machine.id) return undefined;
      return `on ${alive.host ?? 'a machine without a name'} since ${alive.since}`;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      return `or so it seems, as ${error.message} (ipvsadm-fleet forget ${name} removes that)`;
    }
  }
}
