import { platform } from '#platform';
/** Bytes of lines: one buffer that grows, and is used again once its lines are taken. */
export class LineBuffer {
  /** {@link reserve} may replace the buffer. */
  bytes: Uint8Array;
  /** How many bytes are written. */
  length = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
  }

  /** Makes room for so many bytes more. */
  reserve(length: number): void {
    if (this.length + length <= this.bytes.length) return;
    const grown = new Uint8Array(2 * this.bytes.length + length);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  /** Gives what is written, valid until more is, and starts anew. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }
}

export const blank = 0x20;
export const lineFeed = 0x0a;
export const colon = 0x3a;
export const zero = 0x30;
export const dot = 0x2e;

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
  for (let from = start; from < end; from++) bytes[to++] = source[from] ?? 0;
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
