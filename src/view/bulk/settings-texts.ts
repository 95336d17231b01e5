import { platform } from '#platform';
import { Words } from './line-buffer.ts';

/** Texts that are kept; a power of two. */
const slots = 256;

/**
 * Texts made of numbers of entries, as {@link Words}. Most entries of a table have the settings of others, so a text that was made lately
 * serves again where all the numbers are the same.
 */
export class SettingsTexts {
  readonly #first: number;
  readonly #length: number;
  readonly #textOf: (base: number) => string;
  readonly #keys: Int32Array;
  /** Index of the numbers of the text that was found last, and the text. */
  #latestKey = 0;
  #latest: Words | undefined;
  readonly #texts: (Words | undefined)[] = new Array(slots).fill(undefined);

  /**
   * @param places Places in an entry, up to `end`, of the numbers that the text is made of.
   * @param textOf Makes the text for the entry that begins at `base`.
   */
  constructor(places: { readonly first: number; readonly end: number }, textOf: (base: number) => string) {
    this.#first = places.first;
    this.#length = places.end - places.first;
    this.#textOf = textOf;
    this.#keys = new Int32Array(slots * this.#length);
  }

  /** The text for the entry in `numbers` that begins at `base`. */
  find(numbers: Int32Array, base: number): Words {
    // As a rule a server has the settings of the one before.
    const keys = this.#keys;
    const key = this.#latestKey;
    const from = base + this.#first;
    let index = this.#length - 1;
    while (index >= 0 && keys[key + index] === numbers[from + index]) index--;
    return (index < 0 && this.#latest) || this.#search(numbers, from, base);
  }

  #search(numbers: Int32Array, from: number, base: number): Words {
    const [keys, length] = [this.#keys, this.#length];
    let hash = 0;
    for (let index = 0; index < length; index++)
      hash = (Math.imul(hash, 31) + (numbers[from + index] as number)) | 0;
    const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (slots - 1);
    const key = slot * length;
    let index = length - 1;
    while (index >= 0 && keys[key + index] === numbers[from + index]) index--;
    let text = index < 0 ? this.#texts[slot] : undefined;
    if (!text) {
      for (index = 0; index < length; index++) keys[key + index] = numbers[from + index] as number;
      text = new Words(this.#textOf(base));
      this.#texts[slot] = text;
    }
    this.#latestKey = key;
    this.#latest = text;
    return text;
  }
}

platform.tuneForBulk(SettingsTexts);
