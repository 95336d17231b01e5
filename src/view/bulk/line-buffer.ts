import { platform } from '#platform';
import { align } from '../../netlink/byte-order.ts';

/** Bytes of lines: one buffer that grows, and is used again once its lines are taken. */
export class LineBuffer {
  /** {@link reserve} may replace the buffer. */
  bytes: Uint8Array;
  /** Shows {@link bytes} for writing four at once. */
  view: DataView;
  /** Number of bytes that are written. */
  length = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for so many bytes more. */
  reserve(length: number): void {
    if (this.length + length <= this.bytes.length) return;
    const grown = new Uint8Array(2 * this.bytes.length + length);
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Returns the bytes that are written, valid until more are, and starts anew. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }
}

/**
 * Text in numbers of four bytes each, so that it is written in a quarter of the steps. Its last number may reach up to three bytes
 * beyond its end; what is written behind it overwrites those.
 */
export class Words {
  readonly numbers: Int32Array;
  readonly bytes: Uint8Array;
  /** Bytes of the text. */
  length: number;

  /** @param room Most bytes of a text that is put in its place. */
  constructor(text: string, room = 0) {
    const encoded = new TextEncoder().encode(text);
    this.numbers = new Int32Array(align(Math.max(encoded.length, room)) / 4);
    this.bytes = new Uint8Array(this.numbers.buffer);
    this.bytes.set(encoded);
    this.length = encoded.length;
  }
}

export const blank = 0x20;
/** Four blanks, in any order of bytes. */
export const blanks = 0x20202020;
export const lineFeed = 0x0a;
const dot = 0x2e;
export const colon = 0x3a;
export const zero = 0x30;

const octetBytes = new Uint8Array(4 * 256);
/** The numbers from 0 to 255 with a dot behind each, as {@link Words.numbers} has text, and how long they are. */
export const octets = new Int32Array(octetBytes.buffer);
export const octetLengths = new Uint8Array(256);
for (let octet = 0; octet < 256; octet++) {
  const end = writeDecimal(octetBytes, 4 * octet, octet);
  octetBytes[end] = dot;
  octetLengths[octet] = end + 1 - 4 * octet;
}

// Each function below writes into `bytes` from `at` on, where there must be room, and returns where what it wrote ends.

/** Writes a whole number from 0 up to 2³² - 1. */
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

/** Writes text that has no more than 127 kinds of characters: ASCII. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/** Writes blanks up to `end`, unless that is reached. */
export function padTo(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end) bytes[to++] = blank;
  return to;
}

platform.tuneForBulk(LineBuffer, writeDecimal, copyBytes, writeAscii, padTo);
