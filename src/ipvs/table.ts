import type { Ipvs } from './client.ts';
import type { Destination, DestinationSummary, Service } from './model.ts';
import { readProcTable, serviceKey } from './proc-table.ts';

/** A virtual service with its real servers: an entry of the kernel's table. */
export interface ServiceEntry<Server extends DestinationSummary = Destination> {
  readonly service: Service;
  readonly destinations: readonly Server[];
}

/** The whole table, in the kernel's order. A service that is removed while it is read has no servers. */
export async function readTable(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const entries: ServiceEntry[] = [];
  for (const service of await ipvs.services()) {
    entries.push({ service, destinations: await ipvs.destinations(service.id) });
  }
  return entries;
}

/**
 * The same with less said of the servers, which is much faster: `/proc/net/ip_vs` has those of all services in one
 * piece, where netlink must be asked service by service. What the file misses is asked for.
 */
export async function readSummary(ipvs: Ipvs): Promise<ServiceEntry<DestinationSummary>[]> {
  const services = await ipvs.services();
  const found = services.length > 0 ? readProcTable() : undefined;
  const entries: ServiceEntry<DestinationSummary>[] = [];
  for (const service of services) {
    const destinations = found?.get(serviceKey(service.id) ?? '') ?? (await ipvs.destinations(service.id));
    entries.push({ service, destinations });
  }
  return entries;
}
