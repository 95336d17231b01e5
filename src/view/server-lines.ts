import { hexHalfWord, hexWord } from '../ipvs/hex-address.ts';
import { endOfServer } from '../ipvs/proc-table.ts';
import { blank, colon, type LineWriter } from './line-writer.ts';
import { methodWidth, nameWidth, noTunnel } from './listing.ts';
import { orderInetServers } from './order.ts';

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
  // Of the lines being turned: where they start and end, and the address (of 32 bits, with a sign) and port in them.
  #starts = new Int32Array(16);
  #ends = new Int32Array(16);
  #addresses = new Int32Array(16);
  #ports = new Int32Array(16);

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
    const order = this.#options.sorted ? orderInetServers(this.#addresses, this.#ports, count) : undefined;
    for (let index = 0; index < count; index++) this.#write(block, order?.[index] ?? index);
    return true;
  }

  /** Looks for the lines; how many there are, below 0 where one is not known. */
  #find(block: Uint8Array, first: number, last: number): number {
    let count = 0;
    for (let start = first; start < last; count++) {
      if (!isInet(block, start)) return -1;
      if (this.#options.tunnels && block[start + columnsAt] === tunnelInitial) return -1;
      if (count === this.#starts.length) this.#grow();
      const end = endOfServer(block, start);
      this.#starts[count] = start;
      this.#ends[count] = end - 1;
      this.#addresses[count] = hexWord(block, start + addressAt);
      this.#ports[count] = hexHalfWord(block, start + portAt);
      start = end;
    }
    return count;
  }

  #grow(): void {
    const twice = (numbers: Int32Array) => {
      const grown = new Int32Array(2 * numbers.length);
      grown.set(numbers);
      return grown;
    };
    this.#starts = twice(this.#starts);
    this.#ends = twice(this.#ends);
    this.#addresses = twice(this.#addresses);
    this.#ports = twice(this.#ports);
  }

  #write(block: Uint8Array, index: number): void {
    const writer = this.#writer;
    const start = this.#starts[index] ?? 0;
    writer.copy(block, start, start + addressAt);
    writer.endpoint(block, start + addressAt, start + portAt);
    writer.endColumn(addressAt + nameWidth);
    let columns = start + columnsAt;
    if (this.#options.tunnels) {
      writer.copy(block, columns, columns + methodWidth);
      columns += methodWidth;
      writer.text(noTunnel);
    }
    writer.copy(block, columns, this.#ends[index] ?? 0);
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
