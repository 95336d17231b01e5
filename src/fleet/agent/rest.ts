import type { Report } from '../documents/report.ts';

/** Milliseconds between two reads of the store when nothing changes, to find what a watch has missed. */
const idleInterval = 60_000;
/** Shortest time in milliseconds between two reads while servers drain, or somebody else has the table locked. */
const busyInterval = 2000;
/** Share of the time since then after which the store is read again: a server may have connections for weeks. */
const busyShare = 1 / 30;

/** How long an agent rests between its turns. */
export class Rest {
  #busy: { readonly with: string; readonly since: number } | undefined;

  /** Returns the milliseconds to rest after a turn that ended with this report. */
  after({ overrides, refusal }: Report): number {
    const draining = overrides.flatMap(({ server, connections }) => (connections > 0 ? [server] : []));
    if (refusal?.code !== 'locked' && draining.length === 0) {
      this.#busy = undefined;
      return idleInterval;
    }
    const now = performance.now();
    const subject = `${refusal?.code} ${draining}`;
    if (this.#busy?.with !== subject) this.#busy = { with: subject, since: now };
    const share = (now - this.#busy.since) * busyShare;
    return Math.min(idleInterval, Math.max(busyInterval, share));
  }
}
