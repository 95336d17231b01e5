import type { Ipvs } from './client.ts';
import type { Destination, Service } from './model.ts';

/** A virtual service with its real servers: an entry of the kernel's table. */
export interface ServiceEntry {
  readonly service: Service;
  readonly destinations: readonly Destination[];
}

/** The whole table, in the kernel's order. A service that is removed while it is read is left out or has no servers. */
export async function readTable(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const entries: ServiceEntry[] = [];
  for (const service of await ipvs.services()) {
    entries.push({ service, destinations: await ipvs.destinations(service.id) });
  }
  return entries;
}
