import { hexHalfWord, hexWord } from '../ipvs/hex-address.ts';
import { endOfServer } from '../ipvs/proc-table.ts';
import { blank, colon, type LineWriter } from './line-writer.ts';
import { methodWidth, nameWidth, noTunnel } from './listing.ts';
import { InetOrder } from './order.ts';

/** How the servers of a service are listed. */
export interface ServerLinesOptions {
  readonly sorted: boolean;
  /** With a column for tunnels. */
  readonly tunnels: boolean;
}

/**
 * Turns lines of servers in `/proc/net/ip_vs` into those of `--list --numeric`, bytes into bytes, as a table has tens of
 * thousands of them.
 */
export class ServerLines {
  readonly #writer: LineWriter;
  readonly #options: ServerLinesOptions;
  readonly #order = new InetOrder();
  /** Where the lines being turned start. */
  readonly #starts: number[] = [];

  constructor(writer: LineWriter, options: ServerLinesOptions) {
    this.#writer = writer;
    this.#options = options;
  }

  /**
   * Writes the lines for those that stand in `block` from `start` to `end`. `false`, with nothing written, where one of them
   * needs more than is known here: it is not an IPv4 server's, or there is more to say of its tunnel.
   */
  add(block: Uint8Array, start: number, end: number): boolean {
    const count = this.#find(block, start, end);
    if (count < 0) return false;
    this.#writer.reserve(end - start + count * widening);
    const order = this.#options.sorted ? this.#order.order(count) : undefined;
    for (let index = 0; index < count; index++)
      this.#write(block, this.#starts[order?.[index] ?? index] ?? 0);
    return true;
  }

  /** Looks for the lines; how many there are, below 0 where one is not known. */
  #find(block: Uint8Array, first: number, last: number): number {
    let count = 0;
    for (let start = first; start < last; count++) {
      if (!isInet(block, start)) return -1;
      if (this.#options.tunnels && block[start + columnsAt] === tunnelInitial) return -1;
      this.#starts[count] = start;
      this.#order.set(count, hexWord(block, start + addressAt), hexHalfWord(block, start + portAt));
      start = endOfServer(block, start);
    }
    return count;
  }

  #write(block: Uint8Array, start: number): void {
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
    writer.copy(block, columns, endOfServer(block, start) - 1);
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
function isInet(block: Uint8Array, start: number): boolean {
  return block[start + portAt - 1] === colon && block[start + portAt + 4] === blank;
}
