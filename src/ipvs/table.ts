import type { Ipvs } from './client.ts';
import type { Destination, DestinationSummary, Service, ServiceId } from './model.ts';
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
  for (const service of await ipvs.services()) {
    entries.push({ service, destinations: await ipvs.destinations(service.id) });
  }
  return entries;
}

/** Reads the real servers of one service after the other. */
export type ServerReader<Server> = (service: ServiceId) => Promise<readonly Server[]>;

/**
 * Gives less of the servers than {@link Ipvs.destinations}, and much faster: `/proc/net/ip_vs`, which is read now,
 * has those of all services in one piece, where netlink must be asked service by service. What the file misses is
 * asked for.
 */
export function summaryReader(ipvs: Ipvs): ServerReader<DestinationSummary> {
  const table = readProcTable();
  return async (service) => table?.serversOf(service) ?? (await ipvs.destinations(service));
}
