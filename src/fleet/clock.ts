/** Returns a clock that goes on evenly from the present time, in milliseconds since 1970, whoever sets the machine's meanwhile. */
export function evenClock(): () => number {
  const begun = Date.now() - performance.now();
  return () => begun + performance.now();
}

/** Milliseconds from which on a clock was set, and did not just run a little faster or slower. */
const tolerance = 1000;

/** Notices when a clock is set: it goes another way than time does. */
export class ClockWatch {
  readonly #now: () => number;
  #difference: number;

  /** @param now returns milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
    this.#difference = this.#read();
  }

  /** Milliseconds by which the clock was set forward since the last time this was asked, below 0 where it was set back. */
  step(): number {
    const difference = this.#read();
    const step = difference - this.#difference;
    if (Math.abs(step) < tolerance) return 0;
    this.#difference = difference;
    return step;
  }

  #read(): number {
    return this.#now() - performance.now();
  }
}
