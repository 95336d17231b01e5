import { parseConnection } from '../ipvs/connections.ts';
import { formatEndpoint } from '../rules/format.ts';
import { formatConnection } from './connections.ts';

/**
 * Turns lines of `/proc/net/ip_vs_conn` into those of `--list --connection --numeric`, bytes into bytes: a director has
 * hundreds of thousands of them, and they are nearly all alike. What is not an IPv4 line goes the long way round.
 */
export class ConnectionLines {
  #out = Buffer.allocUnsafe(256 * 1024);
  #length = 0;

  /** The lines for a block of whole lines; valid until the next call. */
  format(block: Buffer): Uint8Array {
    this.#length = 0;
    let start = 0;
    for (let end = block.indexOf(lineFeed); end >= 0; end = block.indexOf(lineFeed, start)) {
      this.#reserve(longestLine);
      if (!this.#inetLine(block, start, end)) this.#otherLine(block.toString('latin1', start, end));
      start = end + 1;
    }
    return this.#out.subarray(0, this.#length);
  }

  /** Writes a line whose three addresses are IPv4; `false` when they are not. */
  #inetLine(line: Buffer, start: number, end: number): boolean {
    const addresses = line.indexOf(blank, start) + 1;
    for (const column of blanks) if (line[addresses + column] !== blank) return false;
    const state = addresses + stateColumn;
    const stateEnd = line.indexOf(blank, state);
    let expires = stateEnd;
    while (line[expires] === blank) expires++;
    let seconds = 0;
    for (; expires < end && line[expires] !== blank; expires++)
      seconds = 10 * seconds + (line[expires] ?? 0) - zero;
    if (expires < end) return false;

    this.#copy(line, start, addresses - 1, 3);
    this.#blank();
    this.#expiry(seconds);
    this.#blank();
    this.#copy(line, state, stateEnd, 11);
    this.#blank();
    this.#endpoint(line, addresses, 18);
    this.#blank();
    this.#endpoint(line, addresses + 14, 18);
    this.#blank();
    this.#endpoint(line, addresses + 28, 0);
    this.#out[this.#length++] = lineFeed;
    return true;
  }

  #otherLine(line: string): void {
    const text = formatConnection(parseConnection(line), formatEndpoint, false);
    this.#reserve(text.length);
    this.#length += this.#out.write(text, this.#length, 'latin1');
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#out.length + length);
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }

  #copy(bytes: Buffer, start: number, end: number, width: number): void {
    const from = this.#length;
    for (let at = start; at < end; at++) this.#out[this.#length++] = bytes[at] ?? 0;
    this.#pad(from + width);
  }

  /** Minutes and seconds, in six columns. */
  #expiry(seconds: number): void {
    const from = this.#length;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 10) this.#out[this.#length++] = zero;
    this.#decimal(minutes);
    this.#out[this.#length++] = colon;
    if (seconds % 60 < 10) this.#out[this.#length++] = zero;
    this.#decimal(seconds % 60);
    this.#pad(from + 6);
  }

  /** Eight hexadecimal digits, a blank and four more, as `192.0.2.1:80`. */
  #endpoint(bytes: Buffer, at: number, width: number): void {
    const from = this.#length;
    for (let index = 0; index < 4; index++) {
      if (index > 0) this.#out[this.#length++] = dot;
      this.#decimal(hexadecimal(bytes, at + 2 * index));
    }
    this.#out[this.#length++] = colon;
    this.#decimal(256 * hexadecimal(bytes, at + 9) + hexadecimal(bytes, at + 11));
    this.#pad(from + width);
  }

  #decimal(value: number): void {
    if (value >= 10) this.#decimal(Math.floor(value / 10));
    this.#out[this.#length++] = zero + (value % 10);
  }

  #blank(): void {
    this.#out[this.#length++] = blank;
  }

  #pad(end: number): void {
    while (this.#length < end) this.#out[this.#length++] = blank;
  }
}

const blank = 0x20;
const lineFeed = 0x0a;
const zero = 0x30;
const colon = 0x3a;
const dot = 0x2e;
/** No IPv4 line is longer. */
const longestLine = 160;
/** Where blanks stand behind the first address, when all are IPv4: `0A000001 9C40 C0A80A78 0050 C0A80A79 0050 `. */
const blanks = [8, 13, 22, 27, 36, 41] as const;
const stateColumn = 42;

/** The number that two hexadecimal digits make, of which the letters are capitals. */
function hexadecimal(bytes: Buffer, at: number): number {
  return 16 * digit(bytes[at] ?? 0) + digit(bytes[at + 1] ?? 0);
}

function digit(character: number): number {
  return character > 0x40 ? character - 0x37 : character - zero;
}
