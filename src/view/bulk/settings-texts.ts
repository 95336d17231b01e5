import { platform } from '#platform';
import { PackedText } from './line-buffer.ts';

/** Number of cached texts; a power of two. */
const slots = 256;

/**
 * Caches the texts for the settings of entries, as {@link PackedText}. Most entries of a table share their settings with others, so
 * a recent text is reused if all numbers it is made from are the same.
 */
export class SettingsTexts {
  readonly #first: number;
  readonly #length: number;
  readonly #textOf: (base: number) => string;
  readonly #keys: Int32Array;
  /** Index of the key of the text found last, and that text. */
  #latestKey = 0;
  #latest: PackedText | undefined;
  readonly #texts: (PackedText | undefined)[] = new Array(slots).fill(undefined);

  /**
   * @param places Indices in an entry, up to `end`, of the numbers that determine the text.
   * @param textOf Returns the text for the entry that begins at `base`.
   */
  constructor(places: { readonly first: number; readonly end: number }, textOf: (base: number) => string) {
    this.#first = places.first;
    this.#length = places.end - places.first;
    this.#textOf = textOf;
    this.#keys = new Int32Array(slots * this.#length);
  }

  /** Returns the text for the entry in `numbers` that begins at `base`. */
  find(numbers: Int32Array, base: number): PackedText {
    // A server usually has the settings of the one before.
    const keys = this.#keys;
    const key = this.#latestKey;
    const from = base + this.#first;
    let index = this.#length - 1;
    while (index >= 0 && keys[key + index] === numbers[from + index]) index--;
    return (index < 0 && this.#latest) || this.#search(numbers, from, base);
  }

  #search(numbers: Int32Array, from: number, base: number): PackedText {
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
      text = new PackedText(this.#textOf(base));
      this.#texts[slot] = text;
    }
    this.#latestKey = key;
    this.#latest = text;
    return text;
  }
}

platform.tuneForBulk(SettingsTexts);
