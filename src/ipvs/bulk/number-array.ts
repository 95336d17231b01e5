/** Entries of one kind in one array: as many numbers of 32 bits for each as `width` says. */
export class NumberArray {
  /** The numbers of all entries, one entry behind the other. Adding an entry may replace the array. */
  numbers: Uint32Array;
  readonly width: number;
  #count = 0;

  constructor(width: number) {
    this.width = width;
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
