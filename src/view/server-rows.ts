import type { DestinationRows } from '../ipvs/codec/destination-rows.ts';
import type { Destination, DestinationId } from '../ipvs/model.ts';
import type { Line } from '../ipvs/table.ts';
import { formatEndpoint } from '../rules/format.ts';
import { LineWriter } from './line-writer.ts';

/** Writes what is said of a server behind its name; no more than {@link longestText} bytes. */
export type ServerText = (server: Destination, writer: LineWriter) => void;

const longestText = 512;
/** Bytes of an address in brackets and a port. */
const longestEndpoint = 64;

/** How the line of a server is written. */
export interface ServerLine {
  /** What it begins with. */
  readonly start: string;
  /** How wide address and port are at least. */
  readonly width: number;
  readonly text: ServerText;
}

/** Writes the line of the server in a row, its address and port in numbers. */
export function writeServer(
  rows: DestinationRows,
  row: number,
  { start, width, text }: ServerLine,
  writer: LineWriter,
): void {
  writer.reserve(3 * start.length + width + longestEndpoint + longestText);
  writer.text(start);
  writer.startColumn();
  if (rows.isInet(row)) {
    writer.inetEndpoint(rows.addressWord(row, 0), rows.port(row));
  } else {
    const { address, port } = rows.at(row).id;
    writer.text(formatEndpoint(address, port, undefined));
  }
  writer.padColumn(width);
  text(rows.at(row), writer);
  writer.endLine();
}

/** Makes what is said of servers text, to be kept until their names are known. */
export function serverLineMaker(text: ServerText): (server: Destination) => Line<DestinationId> {
  const writer = new LineWriter();
  return (server) => {
    text(server, writer);
    return { id: server.id, text: writer.take().toString() };
  };
}
