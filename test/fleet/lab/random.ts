/** A pseudorandom number generator (mulberry32): the same seed gives the same numbers. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** Returns a whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }
}

/** Returns the seed of this run: `IPVSADM_FLEET_SEED`, to repeat an earlier run, or one from the clock. */
export function seedOfRun(): number {
  return Number(process.env.IPVSADM_FLEET_SEED ?? Date.now() % 1_000_000);
}

/** Returns a number of repetitions: that in an environment variable, or `usual`. */
export function timesOf(variable: string, usual: number): number {
  return Number(process.env[variable] ?? usual);
}
