/**
 * Minimum age, in milliseconds, of a sample used as the base of rates. The kernel updates its counters every two seconds, so a
 * rate over a shorter time would be zero or twice the real one.
 */
const minAge = 1900;

/** A value, and the time of its reading in milliseconds. */
export interface Sample<T> {
  readonly time: number;
  readonly value: T;
}

/** The latest samples of a value, only as many as rates need. */
export class Samples<T> {
  #samples: Sample<T>[];

  constructor(time: number, value: T) {
    this.#samples = [{ time, value }];
  }

  /** Adds a sample. Of the samples older than the kernel's interval, only the newest is kept. */
  add(time: number, value: T): void {
    this.#samples.push({ time, value });
    const old = this.#samples.findLastIndex((sample) => time - sample.time >= minAge);
    if (old > 0) this.#samples.splice(0, old);
  }

  /** The newest sample. */
  get latest(): Sample<T> {
    return this.#samples.at(-1) as Sample<T>;
  }

  /** The sample before the newest. */
  get previous(): Sample<T> | undefined {
    return this.#samples.at(-2);
  }

  /** The sample that rates compare the newest with; `undefined` if there is only one sample. */
  get base(): Sample<T> | undefined {
    return this.#samples.length > 1 ? this.#samples[0] : undefined;
  }
}
