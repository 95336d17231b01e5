/**
 * The two address families IPVS serves.
 *
 * @example
 * const bits: Record<Family, number> = { inet: 32, inet6: 128 };
 */
export type Family = 'inet' | 'inet6';

/** The method that Node's `util.inspect` calls. */
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * An IPv4 or IPv6 address, as used throughout this library.
 *
 * Immutable; made from text by {@link Address.of}, or by {@link Address.parse} where the text may be wrong, and from bytes in
 * network order by {@link Address.from}. Two addresses are equal when their {@link Address.text} is.
 *
 * @example
 * const address = Address.of('2001:db8:0::1');
 * console.log(address.family, address.text); // inet6 2001:db8::1
 *
 * @example
 * const typed = Address.parse(process.argv[2] ?? '');
 * if (!typed) console.error('not an IPv4 or IPv6 address');
 */
export class Address {
  readonly family: Family;
  /**
   * Canonical text: dotted decimal, or RFC 5952, in which IPv4-mapped and IPv4-compatible addresses end in dotted decimal as
   * `inet_ntop(3)` writes them.
   */
  readonly text: string;
  /** First four bytes as a signed big-endian number. */
  readonly #word: number;
  #bytes: Uint8Array | undefined;

  private constructor(family: Family, word: number, bytes: Uint8Array | undefined) {
    this.family = family;
    this.#word = word;
    this.#bytes = bytes;
    this.text = bytes ? formatInet6(bytes) : formatInet(word);
  }

  /** Bytes in network order: 4 for `inet`, 16 for `inet6`. */
  get bytes(): Uint8Array {
    const word = this.#word;
    this.#bytes ??= Uint8Array.of(word >> 24, word >> 16, word >> 8, word);
    return this.#bytes;
  }

  /**
   * Returns the address in `bytes` (4 or 16, network order), which are copied. Throws {@link RangeError} for any other length.
   */
  static from(bytes: Uint8Array): Address {
    if (bytes.length !== 4 && bytes.length !== 16) {
      throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
    }
    const word = wordIn(bytes, 0);
    return bytes.length === 4 ? Address.fromWord(word) : new Address('inet6', word, Uint8Array.from(bytes));
  }

  /** Returns the IPv4 address whose bytes are the 32-bit number `word`, most significant byte first. */
  static fromWord(word: number): Address {
    const slot = (word ^ (word >>> 10)) & (recentCount - 1);
    const known = recent[slot];
    if (known && known.#word === (word | 0)) return known;
    const address = new Address('inet', word | 0, undefined);
    recent[slot] = address;
    return address;
  }

  /** Returns the IPv6 address whose bytes are the four 32-bit numbers `words`, most significant byte first. */
  static fromWords(...words: readonly [number, number, number, number]): Address {
    const bytes = new DataView(new ArrayBuffer(16));
    for (const [index, word] of words.entries()) bytes.setUint32(4 * index, word);
    return new Address('inet6', words[0] | 0, new Uint8Array(bytes.buffer));
  }

  /**
   * Parses an address strictly, as `inet_pton(3)` does: four decimal parts without leading zeros, or RFC 4291 hexadecimal
   * groups without brackets or zone. Returns `undefined` for any other text.
   */
  static parse(text: string): Address | undefined {
    if (text.includes(':')) {
      const bytes = parseInet6(text);
      return bytes && new Address('inet6', wordIn(bytes, 0), bytes);
    }
    const word = parseInet(text);
    return word === undefined ? undefined : Address.fromWord(word);
  }

  /** Returns the address that {@link Address.parse} finds in `text`. Throws {@link RangeError} where it finds none. */
  static of(text: string): Address {
    const address = Address.parse(text);
    if (address) return address;
    throw new RangeError(`${JSON.stringify(text)} is not an IPv4 or IPv6 address`);
  }

  /** Returns the wildcard address of a family: `0.0.0.0` or `::`. */
  static any(family: Family): Address {
    return family === 'inet' ? Address.fromWord(0) : new Address('inet6', 0, new Uint8Array(16));
  }

  /** Returns the four bytes from offset `4 * index` as a signed big-endian number; 0 past the end of the address. */
  word(index: number): number {
    if (index === 0) return this.#word;
    return this.family === 'inet' ? 0 : wordIn(this.bytes, 4 * index);
  }

  equals(other: Address): boolean {
    return this.text === other.text;
  }

  toString(): string {
    return this.text;
  }

  /** @internal Makes `console.log` print the text. */
  [inspect](): string {
    return this.text;
  }
}

/**
 * Cache of recent IPv4 addresses. Many services share the same few servers, and creating an address takes long compared to
 * decoding the rest of a server.
 */
const recent: (Address | undefined)[] = [];
const recentCount = 1024;

/** Returns the four bytes from `at` as a signed big-endian number. */
function wordIn(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return (high << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

function formatInet(word: number): string {
  return `${word >>> 24}.${(word >> 16) & 255}.${(word >> 8) & 255}.${word & 255}`;
}

function parseInet(text: string): number | undefined {
  let word = 0;
  let part = 0;
  let parts = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const digit = at < text.length ? text.charCodeAt(at) - 48 : dot;
    if (digit === dot) {
      if (at === start || parts === 4) return undefined;
      word = (word << 8) | part;
      part = 0;
      parts++;
      start = at + 1;
    } else {
      const isLeadingZero = at > start && part === 0;
      part = part * 10 + digit;
      if (digit < 0 || digit > 9 || isLeadingZero || part > 255) return undefined;
    }
  }
  return parts === 4 ? word : undefined;
}

/** Character code of a dot, relative to the code of the digit 0. */
const dot = -2;

function parseInet6(text: string): Uint8Array | undefined {
  const dotted = /^(.*:)([0-9.]*\.[0-9.]*)$/.exec(text);
  const tail = dotted ? parseInet(dotted[2] ?? '') : undefined;
  if (dotted && tail === undefined) return undefined;
  const groupsWanted = tail === undefined ? 8 : 6;
  let head = dotted ? (dotted[1] ?? '') : text;
  // The colon before a dotted tail is a separator, unless it is the second half of `::`.
  if (tail !== undefined && !head.endsWith('::')) head = head.slice(0, -1);

  const halves = head.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (groups.flat().some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const [left = [], right = []] = groups;
  const missing = groupsWanted - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;

  const bytes = new Uint8Array(16);
  const all = [...left, ...new Array<string>(missing).fill('0'), ...right];
  for (const [index, group] of all.entries()) {
    const value = Number.parseInt(group, 16);
    bytes[2 * index] = value >> 8;
    bytes[2 * index + 1] = value & 0xff;
  }
  if (tail !== undefined) new DataView(bytes.buffer).setUint32(12, tail);
  return bytes;
}

function formatInet6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const zeros = longestZeroRun(groups);
  // inet_ntop(3) writes ::a.b.c.d and ::ffff:a.b.c.d with the IPv4 part dotted.
  const dotted = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && groups[5] === 0xffff));
  const texts = groups.slice(0, dotted ? 6 : 8).map((group) => group.toString(16));
  if (dotted) texts.push(bytes.subarray(12).join('.'));
  if (zeros.length < 2) return texts.join(':');
  return `${texts.slice(0, zeros.start).join(':')}::${texts.slice(zeros.start + zeros.length).join(':')}`;
}

/** Returns the first of the longest runs of zero groups. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}
