import type { Connection } from '../ipvs/proc/connections.ts';
import { transportProtocol } from '../ipvs/protocol.ts';
import type { Names } from '../names/address-names.ts';
import type { JsonConnection } from './schema.ts';
import { endpointFields } from './write-endpoint.ts';

/**
 * Converts a connection or persistence template to its JSON object. Without `names`, addresses and ports are numbers only.
 */
export function connectionObject(connection: Connection, names: Names | undefined): JsonConnection {
  const { protocol, state, expires, client, virtual, destination } = connection;
  const { persistenceEngine, persistenceData } = connection;
  const known = transportProtocol(protocol);
  return {
    protocol: known ?? protocol.toLowerCase(),
    state,
    expires,
    client: endpointFields(client, known, names),
    // In a template of a firewall mark, the first four bytes of the virtual address hold the mark.
    virtual:
      protocol === 'IP' ? { fwmark: virtual.address.word(0) >>> 0 } : endpointFields(virtual, known, names),
    server: endpointFields(destination, known, names),
    persistenceEngine,
    persistenceData,
  };
}
