import { platform } from '#platform';
import { readText } from '../../netlink/text.ts';

/** Names that entries have, such as those of schedulers, each kept once. */
export class NamePool {
  /** Names by their index; the first stands for none. */
  readonly texts: string[] = [''];
  /** The bytes of the attribute that was seen last, and the index of its name. */
  #latest: Uint8Array | undefined;
  #latestIndex = 0;

  /** Returns the index of the name that stands in `bytes` from `at` up to `end` or a NUL; a new one is added. */
  indexAt(bytes: Uint8Array, at: number, end: number): number {
    // As a rule a service has the scheduler of the one before.
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
