/** Number of turns that may follow each other at once after a quiet time. */
const burst = 20;
/** Milliseconds for each turn after that. */
const interval = 1000;

/**
 * The pace of an agent's turns. Whoever can write to the store wakes the agent as often as they like: each turn reads the
 * director's state, and may log something.
 */
export class Pace {
  readonly #now: () => number;
  #credit = burst;
  #last: number;

  /** @param now returns milliseconds of a clock that cannot be set */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#last = now();
  }

  /** Counts a turn, and returns the milliseconds to wait before it. */
  next(): number {
    const now = this.#now();
    this.#credit = Math.min(burst, this.#credit + (now - this.#last) / interval) - 1;
    this.#last = now;
    return Math.max(0, -this.#credit * interval);
  }
}
