import { platform } from '#platform';
import { formatEndpoint } from '../../ipvs/endpoint.ts';
import { parseConnection } from '../../ipvs/proc/connections.ts';
import { hexDigit } from '../../ipvs/proc/hex-address.ts';
import { littleEndian } from '../../netlink/byte-order.ts';
import { formatConnection } from '../connections.ts';
import {
  blank,
  colon,
  copyBytes,
  LineBuffer,
  lineFeed,
  octetLengths,
  octets,
  padTo,
  writeAscii,
  writeDecimal,
  zero,
} from './line-buffer.ts';

/**
 * Converts lines of `/proc/net/ip_vs_conn` to those of `--list --connection --numeric`, from bytes to bytes: a director has
 * hundreds of thousands of them, nearly all of them IPv4. Other lines are parsed and formatted.
 */
export class ConnectionLines extends LineBuffer {
  constructor() {
    // The output for one block of the kernel's file takes somewhat less.
    super(192 * 1024);
  }

  /** Returns the output for a block of whole lines; valid until the next call. */
  format(block: Buffer): Uint8Array {
    let start = 0;
    for (let end = block.indexOf(lineFeed); end >= 0; end = block.indexOf(lineFeed, start)) {
      this.reserve(maxLineBytes);
      const written = writeInetLine(this, block, start, end);
      this.length = written || this.#writeOtherLine(block.toString('latin1', start, end));
      start = end + 1;
    }
    return this.take();
  }

  #writeOtherLine(line: string): number {
    const text = formatConnection(parseConnection(line), formatEndpoint);
    this.reserve(text.length);
    return writeAscii(this.bytes, this.length, text);
  }
}

/** Bytes of the longest line whose addresses are IPv4. */
const maxLineBytes = 160;
/** Offsets of blanks from the first address, when all addresses are IPv4: `0A000001 9C40 C0A80A78 0050 C0A80A79 0050 `. */
const blankColumns = [8, 13, 22, 27, 36, 41] as const;
const stateColumn = 42;

/** Writes the output for a line of `source` with three IPv4 addresses; returns the end offset, or 0 if the line has others. */
function writeInetLine(
  { bytes, view, length: at }: LineBuffer,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  const addresses = source.indexOf(blank, start) + 1;
  for (const column of blankColumns) if (source[addresses + column] !== blank) return 0;
  const state = addresses + stateColumn;
  const stateEnd = source.indexOf(blank, state);
  let expires = stateEnd;
  while (source[expires] === blank) expires++;
  let seconds = 0;
  for (; expires < end && source[expires] !== blank; expires++)
    seconds = 10 * seconds + (source[expires] ?? 0) - zero;
  if (expires < end) return 0;

  let to = endColumn(bytes, copyBytes(bytes, at, source, start, addresses - 1), at + 3);
  to = endColumn(bytes, writeExpiry(bytes, to, seconds), to + 6);
  to = endColumn(bytes, copyBytes(bytes, to, source, state, stateEnd), to + 11);
  to = endColumn(bytes, writeHexEndpoint(bytes, view, to, source, addresses), to + 18);
  to = endColumn(bytes, writeHexEndpoint(bytes, view, to, source, addresses + 14), to + 18);
  to = writeHexEndpoint(bytes, view, to, source, addresses + 28);
  bytes[to] = lineFeed;
  return to + 1;
}

/** Pads a column up to `end` and adds a blank; returns the start of the next column. */
function endColumn(bytes: Uint8Array, at: number, end: number): number {
  const to = padTo(bytes, at, end);
  bytes[to] = blank;
  return to + 1;
}

/** Writes minutes and seconds, with at least two digits each. */
function writeExpiry(bytes: Uint8Array, at: number, seconds: number): number {
  const to = writeTwoDigits(bytes, at, Math.floor(seconds / 60));
  bytes[to] = colon;
  return writeTwoDigits(bytes, to + 1, seconds % 60);
}

function writeTwoDigits(bytes: Uint8Array, at: number, value: number): number {
  let to = at;
  if (value < 10) bytes[to++] = zero;
  return writeDecimal(bytes, to, value);
}

/** Writes an address and port, given in `source` as eight and four hexadecimal digits separated by a blank. */
function writeHexEndpoint(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  source: Uint8Array,
  start: number,
): number {
  let to = at;
  // Inlined: with a function for each byte, the executable takes 50 ms longer for 300,000 lines.
  for (let from = start; from < start + 8; from += 2) {
    const octet = 16 * hexDigit(source[from] ?? 0) + hexDigit(source[from + 1] ?? 0);
    view.setInt32(to, octets[octet & 255] as number, littleEndian);
    to += octetLengths[octet & 255] as number;
  }
  bytes[to - 1] = colon;
  let port = 0;
  for (let from = start + 9; from < start + 13; from++) port = 16 * port + hexDigit(source[from] ?? 0);
  return writeDecimal(bytes, to, port);
}

platform.tuneForBulk(ConnectionLines);
