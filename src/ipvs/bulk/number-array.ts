import { platform } from '#platform';
import { countersWidth } from './counters.ts';
import { NamePool } from './name-pool.ts';

/** Initial capacity of an array in entries; more of them are bulk work. */
const initialCapacity = 64;

/**
 * Entries of one kind in one array, each with `width` columns of 32 bits. Numbers are signed, which JavaScript engines compute
 * with best; `>>> 0` gives the kernel's unsigned number.
 */
export class NumberArray {
  /** Columns of all entries, one entry after the other. Adding an entry may replace the array. */
  numbers: Int32Array;
  readonly width: number;
  /** True when entries include counters, which are then the last columns. */
  readonly counters: boolean;
  /** Names that entries refer to by index. */
  readonly names = new NamePool();
  #count = 0;
  /** End of the entry that was begun last, whether or not it was kept. */
  #begun = 0;

  /** @param columns Number of columns of an entry without counters. */
  constructor(columns: number, counters: boolean) {
    const width = columns + (counters ? countersWidth : 0);
    this.width = width;
    this.counters = counters;
    this.numbers = new Int32Array(initialCapacity * width);
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Returns the index of the first column of a new entry, after the last kept entry and `ahead` other new ones. Its columns are
   * all 0. New entries count once {@link keep} is called.
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

  /** Keeps the first `count` entries begun with {@link begin}. */
  keep(count: number): void {
    this.#count += count;
  }

  /** Removes all entries. */
  clear(): void {
    this.#count = 0;
    this.#zero(0);
  }

  /** Zeroes all columns from index `base`. */
  #zero(base: number): void {
    this.numbers.fill(0, base, this.#begun);
    this.#begun = base;
  }
}

platform.tuneForBulk(NumberArray);
