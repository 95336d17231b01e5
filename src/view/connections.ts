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
export function formatConnection(
  connection: Connection,
  endpoint: EndpointFormatter,
  persistenceData: boolean,
): string {
  const { protocol, client, virtual, destination, state, expires } = connection;
  const name = ({ address, port }: Endpoint) => endpoint(address, port, transportProtocol(protocol));
  const minutes = String(Math.floor(expires / 60)).padStart(2, '0');
  const seconds = String(expires % 60).padStart(2, '0');
  const columns = [
    protocol.padEnd(3),
    `${minutes}:${seconds}`.padEnd(6),
    state.padEnd(11),
    padToBytes(name(client), 18),
    padToBytes(name(virtual), 18),
  ];
  if (!persistenceData || connection.persistenceEngine === undefined) {
    return `${columns.join(' ')} ${name(destination)}\n`;
  }
  const { persistenceEngine, persistenceData: data = '' } = connection;
  return `${columns.join(' ')} ${padToBytes(name(destination), 16)} ${persistenceEngine.padEnd(18)} ${printableWord(data)}\n`;
}

/** Returns the first word of data that a client sent, without invisible characters. */
function printableWord(data: string): string {
  return withoutInvisible(data.split(' ')[0] ?? '');
}
