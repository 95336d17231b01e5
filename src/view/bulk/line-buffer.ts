import { platform } from '#platform';
import { align } from '../../netlink/byte-order.ts';

/** A growing buffer for the bytes of lines, reused once its lines are taken. */
export class LineBuffer {
  /** Replaced by {@link reserve} when the buffer grows. */
  bytes: Uint8Array;
  /** View of {@link bytes} for writing four at once. */
  view: DataView;
  /** Number of bytes written. */
  length = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    if (this.length + length <= this.bytes.length) return;
    const grown = new Uint8Array(2 * this.bytes.length + length);
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Returns the bytes written so far, valid until the next write, and empties the buffer. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }
}

/**
 * Text as four-byte numbers, which can be written in a quarter of the steps. The last number may extend up to three bytes
 * beyond the text; the next write overwrites these bytes.
 */
export class PackedText {
  readonly numbers: Int32Array;
  readonly bytes: Uint8Array;
  /** Length of the text in bytes. */
  length: number;

  /** @param room Maximum number of bytes of a text that will replace this one. */
  constructor(text: string, room = 0) {
    const encoded = new TextEncoder().encode(text);
    this.numbers = new Int32Array(align(Math.max(encoded.length, room)) / 4);
    this.bytes = new Uint8Array(this.numbers.buffer);
    this.bytes.set(encoded);
    this.length = encoded.length;
  }
}

export const blank = 0x20;
/** Four blanks, the same in any byte order. */
export const blanks = 0x20202020;
export const lineFeed = 0x0a;
const dot = 0x2e;
export const colon = 0x3a;
export const zero = 0x30;

const octetBytes = new Uint8Array(4 * 256);
/** The numbers from 0 to 255, each followed by a dot, in the format of {@link PackedText.numbers}, and their lengths. */
export const octets = new Int32Array(octetBytes.buffer);
export const octetLengths = new Uint8Array(256);
for (let octet = 0; octet < 256; octet++) {
  const end = writeDecimal(octetBytes, 4 * octet, octet);
  octetBytes[end] = dot;
  octetLengths[octet] = end + 1 - 4 * octet;
}

// Each function below writes into `bytes` at `at`, where there must be room, and returns the end offset.

/** Writes an integer from 0 to 2³² - 1. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let limit = 10; value >= limit; limit *= 10) end++;
  let rest = value;
  for (let to = end; to > at; ) {
    const tenth = (rest / 10) >>> 0;
    bytes[--to] = zero + rest - 10 * tenth;
    rest = tenth;
  }
  return end;
}

/** Copies bytes of `source`. */
export function copyBytes(
  bytes: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  let to = at;
  for (let from = start; from < end; from++) bytes[to++] = source[from] as number;
  return to;
}

/** Writes ASCII text. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/** Writes blanks up to `end`; none if `at` is there already. */
export function padTo(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end) bytes[to++] = blank;
  return to;
}

platform.tuneForBulk(LineBuffer, writeDecimal, copyBytes, writeAscii, padTo);
