import { platform } from '#platform';
import { countersWidth } from './counters.ts';
import { NamePool } from './name-pool.ts';

/** Number of entries that an array has room for at first; more of them are bulk work. */
const entriesOfFew = 64;

/**
 * Entries of one kind in one array: as many numbers of 32 bits for each as `width` says. They are kept with a sign, as the
 * engines compute best with those; `>>> 0` gives the kernel's.
 */
export class NumberArray {
  /** The numbers of all entries, one entry behind the other. Adding an entry may replace the array. */
  numbers: Int32Array;
  readonly width: number;
  /** True when the counters of the entries are kept; they stand last. */
  readonly counters: boolean;
  /** Names that entries have by their index. */
  readonly names = new NamePool();
  #count = 0;
  /** End of the numbers of the entry that was begun last, whether or not it was kept. */
  #begun = 0;

  /** @param fields Number of an entry's numbers without counters. */
  constructor(fields: number, counters: boolean) {
    const width = fields + (counters ? countersWidth : 0);
    this.width = width;
    this.counters = counters;
    this.numbers = new Int32Array(entriesOfFew * width);
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Returns the index of the numbers of a new entry, behind the last one and `ahead` other new ones. All of them are 0, and new
   * entries count from {@link keep} on.
   */
  begin(ahead: number): number {
    const { width } = this;
    const base = (this.#count + ahead) * width;
    const end = base + width;
    if (end > this.numbers.length) {
      platform.beginBulk();
      const grown = new Int32Array(2 * this.numbers.length);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    if (base < this.#begun) this.#zero(base);
    this.#begun = end;
    return base;
  }

  /** Keeps the first `count` entries that {@link begin} has begun. */
  keep(count: number): void {
    this.#count += count;
  }

  /** Forgets all entries. */
  clear(): void {
    this.#count = 0;
    this.#zero(0);
  }

  /** Has all numbers from `base` on be 0 again. */
  #zero(base: number): void {
    this.numbers.fill(0, base, this.#begun);
    this.#begun = base;
  }
}

platform.tuneForBulk(NumberArray);
