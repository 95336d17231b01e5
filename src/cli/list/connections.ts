import { formatEndpoint } from '../../ipvs/endpoint.ts';
import { readConnectionBytes, readConnections } from '../../ipvs/proc/connections.ts';
import { namesOf } from '../../names/address-names.ts';
import type { ListOptions } from '../../rules/command.ts';
import { ConnectionLines } from '../../view/bulk/connection-lines.ts';
import { connectionsHeading, formatConnection } from '../../view/connections.ts';
import { endpointFormatter } from '../../view/endpoint.ts';
import type { Output } from '../stdio/output.ts';
import { addressesOf } from './names.ts';

/** Prints connections block by block, so that memory use does not depend on their number. */
export async function listConnections({ numeric, persistenceData }: ListOptions, out: Output): Promise<void> {
  out.write(connectionsHeading(persistenceData));
  if (numeric && !persistenceData) {
    const lines = new ConnectionLines();
    for (const block of readConnectionBytes()) out.write(lines.format(block));
    return;
  }
  for (const connections of readConnections()) {
    const endpoint = numeric ? formatEndpoint : endpointFormatter(await namesOf(addressesOf(connections)));
    for (const connection of connections) out.write(formatConnection(connection, endpoint, persistenceData));
  }
}
