import type { Ipvs } from './client.ts';
import type { Destination, DestinationId, Service, ServiceState } from './model.ts';

/** What all that is known of real servers has: which it is. */
export interface Listed {
  readonly id: DestinationId;
}

/** A virtual service with its real servers: an entry of the kernel's table. */
export interface ServiceEntry<Server extends Listed = Destination, Known extends ServiceState = Service> {
  readonly service: Known;
  readonly destinations: readonly Server[];
}

/**
 * The whole table, in the kernel's order. A service that is removed while it is read has no servers.
 *
 * @example
 * for (const { service, destinations } of await readTable(ipvs)) console.log(service.id, destinations.length);
 */
export async function readTable(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const entries: ServiceEntry[] = [];
  for (const service of await ipvs.services()) {
    entries.push({ service, destinations: await ipvs.destinations(service.id) });
  }
  return entries;
}
