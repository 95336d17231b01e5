import type { Address } from '../ipvs/address.ts';
import type { Destination, DestinationId } from '../ipvs/model.ts';
import type { Line } from '../ipvs/table.ts';
import { formatEndpoint } from '../rules/format.ts';
import { LineWriter } from './line-writer.ts';
import { orderServers } from './order.ts';

/** Writes what is said of a server behind its name; no more than {@link longestText} bytes. */
export type ServerText = (server: Destination, writer: LineWriter) => void;

const longestText = 512;
/** Bytes of an address in brackets and a port. */
const longestEndpoint = 64;

/** Servers as what is said of each, in the order in which they were added, to be written in another one. */
export class ServerRows {
  readonly #text: ServerText;
  readonly #texts = new LineWriter();
  readonly #addresses: Address[] = [];
  readonly #ports: number[] = [];
  /** Where the text of each ends. */
  readonly #ends: number[] = [];

  constructor(text: ServerText) {
    this.#text = text;
  }

  /** Adds a server, which may be lent; gives the number of its row. */
  add(server: Destination): number {
    const { address, port } = server.id;
    this.#texts.reserve(longestText);
    this.#text(server, this.#texts);
    this.#addresses.push(address);
    this.#ports.push(port);
    return this.#ends.push(this.#texts.length) - 1;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#texts.clear();
    this.#addresses.length = 0;
    this.#ports.length = 0;
    this.#ends.length = 0;
  }

  /** Rows in the order in which their servers are listed. */
  inOrder(rows: readonly number[]): readonly number[] {
    return orderServers(rows, this.#addresses, this.#ports);
  }

  /** Writes a server's line: `start`, then address and port in numbers and so many columns at least, then its text. */
  write(row: number, start: string, width: number, writer: LineWriter): void {
    const from = row === 0 ? 0 : (this.#ends[row - 1] ?? 0);
    const to = this.#ends[row] ?? from;
    const port = this.#ports[row] ?? 0;
    const address = this.#addresses[row];
    writer.reserve(3 * start.length + width + longestEndpoint + to - from);
    writer.text(start);
    writer.startColumn();
    if (address?.family === 'inet') writer.inetEndpoint(address.word(0), port);
    else if (address) writer.text(formatEndpoint(address, port, undefined));
    writer.padColumn(width);
    writer.copy(this.#texts.bytes, from, to);
    writer.endLine();
  }
}

/** Gives what is said of servers as text. */
export function serverLines(text: ServerText): (server: Destination) => Line<DestinationId> {
  const writer = new LineWriter();
  return (server) => {
    text(server, writer);
    return { id: server.id, text: writer.take().toString() };
  };
}
