import { isUtf8 } from 'node:buffer';
import type { Connection, Endpoint } from '../ipvs/proc/connections.ts';
import { transportProtocol } from '../ipvs/protocol.ts';
import { withoutInvisible } from '../platform/visible.ts';
import type { EndpointFormatter } from '../rules/format.ts';
import { padToBytes } from './byte-width.ts';

/** Returns the heading of `--list --connection`; `persistenceData` adds the columns of persistence engines. */
export function connectionsHeading(persistenceData: boolean): string {
  const more = persistenceData ? '        pe name          pe_data' : '';
  return `IPVS connection entries\npro expire state       source             virtual            destination${more}\n`;
}

/** Returns the line of one connection. */
export function formatConnection(connection: Connection, endpoint: EndpointFormatter): string {
  return `${lineStart(connection, endpoint)} ${endpointName(connection.destination, connection, endpoint)}\n`;
}

/** Returns the line of one connection with the columns of persistence engines, whose data are bytes of any kind. */
export function formatWithPersistence(connection: Connection, endpoint: EndpointFormatter): Uint8Array {
  const { destination, persistenceEngine, persistenceData = '' } = connection;
  if (persistenceEngine === undefined) return Buffer.from(formatConnection(connection, endpoint));
  const server = padToBytes(endpointName(destination, connection, endpoint), 16);
  const start = `${lineStart(connection, endpoint)} ${server} ${persistenceEngine.padEnd(18)} `;
  return Buffer.concat([Buffer.from(start), printableWord(persistenceData), Buffer.from('\n')]);
}

/** Returns the columns up to the virtual service. */
function lineStart(connection: Connection, endpoint: EndpointFormatter): string {
  const { protocol, client, virtual, state, expires } = connection;
  const minutes = String(Math.floor(expires / 60)).padStart(2, '0');
  const seconds = String(expires % 60).padStart(2, '0');
  return [
    protocol.padEnd(3),
    `${minutes}:${seconds}`.padEnd(6),
    state.padEnd(11),
    padToBytes(endpointName(client, connection, endpoint), 18),
    padToBytes(endpointName(virtual, connection, endpoint), 18),
  ].join(' ');
}

function endpointName(
  { address, port }: Endpoint,
  { protocol }: Connection,
  endpoint: EndpointFormatter,
): string {
  return endpoint(address, port, transportProtocol(protocol));
}

/**
 * Returns the first word of data that a client sent, given as one character for each byte, without invisible characters:
 * those of UTF-8 where it is that, else those of Latin-1, which a terminal may interpret too.
 */
function printableWord(data: string): Uint8Array {
  const bytes = Buffer.from(data.split(' ')[0] ?? '', 'latin1');
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  return Buffer.from(withoutInvisible(bytes.toString(encoding)), encoding);
}
