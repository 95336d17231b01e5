/** Reproducible random choices: the same seed gives the same sequence. */
export class Random {
  #state: number;

  /** @param stream number of one of the many independent sequences of the seed */
  constructor(seed: number, stream = 0) {
    this.#state = Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b);
  }

  /** Returns an integer from 0 to `limit`, exclusive. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** Returns `true` with the given probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** Picks one element, all with the same probability. */
  pick<T>(from: readonly [T, ...T[]] | readonly T[]): T {
    const index = this.below(from.length);
    if (!(index in from)) throw new RangeError('nothing to pick from');
    return from[index] as T;
  }

  /** Picks one element with a probability proportional to its weight. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.#next() * from.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of from) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new RangeError('nothing to pick from');
  }

  /** Returns the items in random order. */
  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, key: this.#next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }

  /** Returns a number from 0 to 1, exclusive (mulberry32). */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
