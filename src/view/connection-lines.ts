import { parseConnection } from '../ipvs/connections.ts';
import { formatEndpoint } from '../rules/format.ts';
import { formatConnection } from './connections.ts';
import { blank, colon, LineWriter, lineFeed, zero } from './line-writer.ts';

/**
 * Turns lines of `/proc/net/ip_vs_conn` into those of `--list --connection --numeric`, bytes into bytes: a director has
 * hundreds of thousands of them, and they are nearly all alike. What is not an IPv4 line goes the long way round.
 */
export class ConnectionLines {
  readonly #writer = new LineWriter(usualRoom);

  /** The lines for a block of whole lines; valid until the next call. */
  format(block: Buffer): Uint8Array {
    let start = 0;
    for (let end = block.indexOf(lineFeed); end >= 0; end = block.indexOf(lineFeed, start)) {
      this.#writer.reserve(longestLine);
      if (!this.#inetLine(block, start, end)) this.#otherLine(block.toString('latin1', start, end));
      start = end + 1;
    }
    return this.#writer.take();
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

    const writer = this.#writer;
    writer.copy(line, start, addresses - 1);
    writer.endColumn(3);
    this.#expiry(seconds);
    writer.endColumn(6);
    writer.copy(line, state, stateEnd);
    writer.endColumn(11);
    writer.endpoint(line, addresses, addresses + 9);
    writer.endColumn(18);
    writer.endpoint(line, addresses + 14, addresses + 23);
    writer.endColumn(18);
    writer.endpoint(line, addresses + 28, addresses + 37);
    writer.endLine();
    return true;
  }

  #otherLine(line: string): void {
    this.#writer.lines(formatConnection(parseConnection(line), formatEndpoint, false));
  }

  /** Minutes and seconds, of two digits or more. */
  #expiry(seconds: number): void {
    const minutes = Math.floor(seconds / 60);
    if (minutes < 10) this.#writer.byte(zero);
    this.#writer.decimal(minutes);
    this.#writer.byte(colon);
    if (seconds % 60 < 10) this.#writer.byte(zero);
    this.#writer.decimal(seconds % 60);
  }
}

/** What the lines of a block of the kernel's file take, and somewhat more. */
const usualRoom = 192 * 1024;
/** No IPv4 line is longer. */
const longestLine = 160;
/** Where blanks stand behind the first address, when all are IPv4: `0A000001 9C40 C0A80A78 0050 C0A80A79 0050 `. */
const blanks = [8, 13, 22, 27, 36, 41] as const;
const stateColumn = 42;
