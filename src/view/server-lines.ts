import { blank, colon, hexadecimal, LineWriter, lineFeed } from './line-writer.ts';
import { methodWidth, nameWidth, noTunnel } from './listing.ts';
import { sortInetServers } from './order.ts';

/** How the servers of a service are listed. */
export interface ServerLinesOptions {
  readonly sorted: boolean;
  /** With a column for tunnels. */
  readonly tunnels: boolean;
}

/** A line, and the address (of 32 bits, with a sign) and port in it. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly address: number;
  readonly port: number;
}

/**
 * Turns lines of servers in `/proc/net/ip_vs` into those of `--list --numeric`, bytes into bytes, as a table has tens of
 * thousands of them.
 */
export class ServerLines {
  readonly #writer = new LineWriter();
  readonly #options: ServerLinesOptions;

  constructor(options: ServerLinesOptions) {
    this.#options = options;
  }

  /**
   * The lines for those of one service, valid until the next call. `undefined` where one of them needs more than is known
   * here: it is not an IPv4 server's, or there is more to say of its tunnel.
   */
  format(block: Buffer): Uint8Array | undefined {
    let lines: Line[] = [];
    let start = 0;
    for (let end = block.indexOf(lineFeed); end >= 0; end = block.indexOf(lineFeed, start)) {
      if (!isInet(block, start)) return undefined;
      if (this.#options.tunnels && block[start + columnsAt] === tunnelInitial) return undefined;
      const high = halfWord(block, start + addressAt);
      const low = halfWord(block, start + addressAt + 4);
      lines.push({ start, end, address: (high << 16) | low, port: halfWord(block, start + portAt) });
      start = end + 1;
    }
    if (this.#options.sorted) lines = sortInetServers(lines);
    this.#writer.reserve(block.length + lines.length * widening);
    for (const line of lines) this.#write(block, line);
    return this.#writer.take();
  }

  #write(block: Buffer, { start, end }: Line): void {
    const writer = this.#writer;
    writer.copy(block, start, start + addressAt);
    writer.endpoint(block, start + addressAt, start + portAt);
    writer.endColumn(addressAt + nameWidth);
    let columns = start + columnsAt;
    if (this.#options.tunnels) {
      writer.copy(block, columns, columns + methodWidth);
      columns += methodWidth;
      writer.text(noTunnel);
    }
    writer.copy(block, columns, end);
    writer.endLine();
  }
}

/** Where things stand in the line of an IPv4 server: `  -> 0A000001:0050      Masq    1      0          0         `. */
const addressAt = 5;
const portAt = 14;
const columnsAt = 24;
/** A line grows by no more than this. */
const widening = 64;
/** What only «Tunnel» begins with, of all forwarding methods. */
const tunnelInitial = 0x54;

/** Whether the line that starts there is that of an IPv4 server. */
function isInet(block: Buffer, start: number): boolean {
  return block[start + portAt - 1] === colon && block[start + portAt + 4] === blank;
}

/** The number that four hexadecimal digits make. */
function halfWord(block: Buffer, at: number): number {
  return 256 * hexadecimal(block, at) + hexadecimal(block, at + 2);
}
