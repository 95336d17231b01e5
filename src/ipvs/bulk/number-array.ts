import { platform } from '#platform';
import { countersWidth } from './counters.ts';

/** Entries of one kind in one array: as many numbers of 32 bits for each as `width` says. */
export class NumberArray {
  /** The numbers of all entries, one entry behind the other. Adding an entry may replace the array. */
  numbers: Uint32Array;
  readonly width: number;
  /** Whether the counters of the entries are kept; they stand last. */
  readonly counters: boolean;
  /** Names that entries have by their index; the first stands for none. */
  readonly names: string[] = [''];
  #count = 0;

  /** @param fields How many numbers an entry has without counters. */
  constructor(fields: number, counters: boolean) {
    const width = fields + (counters ? countersWidth : 0);
    this.width = width;
    this.counters = counters;
    this.numbers = new Uint32Array(64 * width);
  }

  get count(): number {
    return this.#count;
  }

  /** Gives where the numbers of one more entry begin. All of them are 0, and the entry counts from {@link keep} on. */
  next(): number {
    const { width } = this;
    const base = this.#count * width;
    if (base + width > this.numbers.length) {
      const grown = new Uint32Array(2 * this.numbers.length);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers.fill(0, base, base + width);
    return base;
  }

  /** Keeps the entry that {@link next} has begun. */
  keep(): void {
    this.#count++;
  }

  /** Forgets all entries. */
  clear(): void {
    this.#count = 0;
  }
}

platform.tuneForBulk(NumberArray);
