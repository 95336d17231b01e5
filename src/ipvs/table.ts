import type { Ipvs } from './client.ts';
import type { Destination, DestinationId, Service, ServiceId } from './model.ts';

/** What all that is known of a virtual service or a real server has: which it is. */
export interface Listed<Id> {
  readonly id: Id;
}

/** One of them as text: which it is, and what is to be said of it. */
export interface Line<Id> extends Listed<Id> {
  readonly text: string;
}

/** A virtual service with its real servers: an entry of the kernel's table. */
export interface ServiceEntry<
  KnownServer extends Listed<DestinationId> = Destination,
  KnownService extends Listed<ServiceId> = Service,
> {
  readonly service: KnownService;
  readonly destinations: readonly KnownServer[];
}

/** An entry as text. */
export type EntryLines = ServiceEntry<Line<DestinationId>, Line<ServiceId>>;

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
