import { hexByte, hexHalfWord } from '../ipvs/hex-address.ts';

/**
 * Lines of columns, as bytes: written into one buffer that grows and is used again. A table has tens of thousands of them,
 * and to put each together of pieces of text takes most of the time of a listing.
 */
export class LineWriter {
  #bytes: Buffer;
  #length = 0;
  /** Where the column that is being written starts. */
  #column = 0;

  /** With room for so many bytes to begin with; by default somewhat more than are written at a time. */
  constructor(room = 72 * 1024) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  /** Gives what was written, valid until the next write, and starts anew. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#column = 0;
    return taken;
  }

  /** Forgets what was written after the first `length` bytes, which must be whole lines. */
  truncate(length: number): void {
    this.#length = length;
    this.#column = length;
  }

  /** Makes room for so many bytes: the methods below expect it. */
  reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#bytes.length + length);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Bytes written since they were taken. */
  get length(): number {
    return this.#length;
  }

  /** Text: room for three bytes a character must have been made. */
  text(text: string): void {
    this.#length += this.#bytes.write(text, this.#length);
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let to = this.#length;
    for (let from = start; from < end; from++) bytes[to++] = source[from] ?? 0;
    this.#length = to;
  }

  /** The same bytes once more that were written from there on. */
  repeat(start: number, length: number): void {
    this.copy(this.#bytes, start, start + length);
  }

  /** A whole number of 0 or more. */
  decimal(value: number): void {
    this.#length = writeDecimal(this.#bytes, this.#length, value);
  }

  /** A whole number behind a blank, in a column that is `width` wide or wider. */
  cell(value: number, width: number): void {
    const bytes = this.#bytes;
    const start = this.#length;
    bytes[start] = blank;
    let to = writeDecimal(bytes, start + 1, value);
    while (to <= start + width) bytes[to++] = blank;
    this.#length = to;
  }

  /** The same on the right of such a column, without the blank. */
  rightCell(value: number, width: number): void {
    const bytes = this.#bytes;
    let to = this.#length;
    for (let digits = digitsOf(value); digits < width; digits++) bytes[to++] = blank;
    this.#length = writeDecimal(bytes, to, value);
  }

  /** Text behind a blank, in a column that is `width` wide or wider. */
  textCell(text: string, width: number): void {
    this.byte(blank);
    this.text(text);
    for (let length = text.length; length < width; length++) this.byte(blank);
  }

  /** An IPv4 address, as the number of 32 bits that {@link Address.word} gives, and a port. */
  inetEndpoint(word: number, port: number): void {
    const bytes = this.#bytes;
    let to = this.#length;
    for (let shift = 24; shift >= 0; shift -= 8) {
      to = writeDecimal(bytes, to, (word >>> shift) & 255);
      bytes[to++] = dot;
    }
    bytes[to - 1] = colon;
    this.#length = writeDecimal(bytes, to, port);
  }

  /** An IPv4 address and a port, as `192.0.2.1:80`: in `source` they stand as eight and four hexadecimal digits. */
  endpoint(source: Uint8Array, address: number, port: number): void {
    const bytes = this.#bytes;
    let to = this.#length;
    for (let from = address; from < address + 8; from += 2) {
      to = writeDecimal(bytes, to, hexByte(source, from));
      bytes[to++] = dot;
    }
    bytes[to - 1] = colon;
    this.#length = writeDecimal(bytes, to, hexHalfWord(source, port));
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  /** Starts a column here. */
  startColumn(): void {
    this.#column = this.#length;
  }

  /** Makes the column `width` wide, unless it is wider. */
  padColumn(width: number): void {
    const bytes = this.#bytes;
    const end = this.#column + width;
    let to = this.#length;
    while (to < end) bytes[to++] = blank;
    this.#length = to;
  }

  /** Ends a column that is `width` wide or wider, writes a blank, and starts the next. */
  endColumn(width: number): void {
    this.padColumn(width);
    this.#bytes[this.#length++] = blank;
    this.#column = this.#length;
  }

  endLine(): void {
    this.#bytes[this.#length++] = lineFeed;
    this.#column = this.#length;
  }

  /** Whole lines, of which the last ends with its line feed. */
  lines(text: string): void {
    this.reserve(3 * text.length);
    this.text(text);
    this.#column = this.#length;
  }
}

export const blank = 0x20;
export const lineFeed = 0x0a;
export const colon = 0x3a;
export const zero = 0x30;
const dot = 0x2e;

function digitsOf(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

/** Writes a whole number from `at` on; gives where it ends. */
function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  const end = at + digitsOf(value);
  let rest = value;
  for (let to = end - 1; to >= at; to--) {
    bytes[to] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}
