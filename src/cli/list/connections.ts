import { formatEndpoint } from '../../ipvs/endpoint.ts';
import { readConnectionBytes, readConnections } from '../../ipvs/proc/connections.ts';
import { namesOf } from '../../names/address-names.ts';
import type { ListOptions } from '../../rules/command.ts';
import { ConnectionLines } from '../../view/bulk/connection-lines.ts';
import { connectionsHeading, formatConnection, formatWithPersistence } from '../../view/connections.ts';
import { endpointFormatter } from '../../view/endpoint.ts';
import type { Output } from '../stdio/output.ts';
import { addressesOf } from './names.ts';

/**
 * Prints connections block by block, so that memory use does not depend on their number. Prints nothing, not even the
 * heading, where the kernel has no table of them.
 */
export async function listConnections({ numeric, persistenceData }: ListOptions, out: Output): Promise<void> {
  let heading = connectionsHeading(persistenceData);
  if (numeric && !persistenceData) {
    const lines = new ConnectionLines();
    for (const block of readConnectionBytes()) {
      out.write(heading);
      heading = '';
      out.write(lines.format(block));
    }
  } else {
    const format = persistenceData ? formatWithPersistence : formatConnection;
    for (const connections of readConnections()) {
      out.write(heading);
      heading = '';
      const endpoint = numeric ? formatEndpoint : endpointFormatter(await namesOf(addressesOf(connections)));
      for (const connection of connections) out.write(format(connection, endpoint));
    }
  }
  out.write(heading);
}
