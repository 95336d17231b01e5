import type { Ipvs } from './client.ts';
import type { Destination, DestinationSummary, Service } from './model.ts';
import { readProcTable } from './proc-table.ts';

/** A virtual service with its real servers: an entry of the kernel's table. */
export interface ServiceEntry<Server extends DestinationSummary = Destination> {
  readonly service: Service;
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
  for await (const entry of readEntries(ipvs)) entries.push(entry);
  return entries;
}

/** The same, entry by entry: a large table need not be held. */
export async function* readEntries(ipvs: Ipvs): AsyncGenerator<ServiceEntry> {
  for (const service of await ipvs.services()) {
    yield { service, destinations: await ipvs.destinations(service.id) };
  }
}

/**
 * The same with less said of the servers, which is much faster: `/proc/net/ip_vs` has those of all services in one
 * piece, where netlink must be asked service by service. What the file misses is asked for.
 */
export async function* readSummaries(ipvs: Ipvs): AsyncGenerator<ServiceEntry<DestinationSummary>> {
  const services = await ipvs.services();
  const table = services.length > 0 ? readProcTable() : undefined;
  for (const service of services) {
    yield { service, destinations: table?.serversOf(service.id) ?? (await ipvs.destinations(service.id)) };
  }
}
