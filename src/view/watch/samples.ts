/** The kernel brings its counters up to date every two seconds; a rate over less would be nothing or the double. */
const leastAge = 1900;

/** Something at a time, in milliseconds. */
export interface Sample<T> {
  readonly time: number;
  readonly value: T;
}

/** What was seen of something: as little of the past as rates need. */
export class Samples<T> {
  #samples: Sample<T>[];

  constructor(time: number, value: T) {
    this.#samples = [{ time, value }];
  }

  /** Adds what is seen now. Of all that is older than the kernel's pause, only the newest is kept. */
  add(time: number, value: T): void {
    this.#samples.push({ time, value });
    const old = this.#samples.findLastIndex((sample) => time - sample.time >= leastAge);
    if (old > 0) this.#samples.splice(0, old);
  }

  /** The newest one. */
  get latest(): Sample<T> {
    return this.#samples.at(-1) as Sample<T>;
  }

  /** The one before that. */
  get previous(): Sample<T> | undefined {
    return this.#samples.at(-2);
  }

  /** The one that the newest is to be compared with for a rate. */
  get base(): Sample<T> | undefined {
    return this.#samples.length > 1 ? this.#samples[0] : undefined;
  }
}
