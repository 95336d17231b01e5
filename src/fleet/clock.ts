/** Returns a clock in milliseconds since 1970 that starts at the current time and ignores later changes of the system clock. */
export function evenClock(): () => number {
  const begun = Date.now() - performance.now();
  return () => begun + performance.now();
}

/** Smallest difference in milliseconds that counts as setting the clock, not as running a little fast or slow. */
const tolerance = 1000;

/** Detects when a clock is set, by comparing it with the monotonic clock. */
export class ClockWatch {
  readonly #now: () => number;
  #difference: number;

  /** @param now returns milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
    this.#difference = this.#read();
  }

  /** Returns the milliseconds by which the clock was set forward since the last step reported; negative if it was set back. */
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
