import { platform } from '#platform';
import { readText } from '../../netlink/text.ts';

/** Names that entries refer to, such as those of schedulers, each stored once. */
export class NamePool {
  /** Names by index; index 0 means no name. */
  readonly texts: string[] = [''];
  /** Value of the attribute looked up last, and the index of its name. */
  #latest: Uint8Array | undefined;
  #latestIndex = 0;

  /** Returns the index of the name in `bytes` from `at` to `end` or a NUL, adding it if it is new. */
  indexAt(bytes: Uint8Array, at: number, end: number): number {
    // A service usually has the same scheduler as the one before.
    const latest = this.#latest;
    if (latest === undefined || latest.length !== end - at) return this.#search(bytes, at, end);
    let index = latest.length - 1;
    while (index >= 0 && latest[index] === bytes[at + index]) index--;
    return index < 0 ? this.#latestIndex : this.#search(bytes, at, end);
  }

  #search(bytes: Uint8Array, at: number, end: number): number {
    const name = readText(new DataView(bytes.buffer, at, end - at), 0, end - at);
    const known = this.texts.indexOf(name);
    this.#latest = bytes.slice(at, end);
    this.#latestIndex = known >= 0 ? known : this.texts.push(name) - 1;
    return this.#latestIndex;
  }
}

platform.tuneForBulk(NamePool);
