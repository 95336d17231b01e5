import { platform } from '#platform';
import type { Ipvs } from './client.ts';
import type { Destination, DestinationId, Service, ServiceId } from './model.ts';

/** A virtual service or a real server of which at least the identity is known. */
export interface Listed<Id> {
  readonly id: Id;
}

/**
 * A virtual service with its real servers: an entry of the kernel's table.
 *
 * @example
 * const weightOf = ({ destinations }: ServiceEntry) =>
 *   destinations.reduce((sum, { weight }) => sum + weight, 0);
 */
export interface ServiceEntry<
  KnownServer extends Listed<DestinationId> = Destination,
  KnownService extends Listed<ServiceId> = Service,
> {
  readonly service: KnownService;
  readonly destinations: readonly KnownServer[];
}

/** Number of services whose servers are asked for together. */
export const groupSize = 32;

/** Services with their servers, in groups as these are read. A service that is removed meanwhile has none. */
export async function* readEntries(
  ipvs: Ipvs,
  services: readonly Service[],
): AsyncGenerator<readonly ServiceEntry[]> {
  if (services.length > groupSize) platform.beginBulk();
  for (let first = 0; first < services.length; first += groupSize) {
    const group = services.slice(first, first + groupSize);
    const found = await ipvs.destinationsOf(group.map(({ id }) => id));
    yield group.map((service, index) => ({ service, destinations: found[index] ?? [] }));
  }
}

/**
 * The whole table, in the kernel's order. A service that is removed while it is read has no servers.
 *
 * @example
 * for (const { service, destinations } of await readTable(ipvs)) console.log(service.id, destinations.length);
 */
export async function readTable(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const table: ServiceEntry[] = [];
  for await (const entries of readEntries(ipvs, await ipvs.services())) table.push(...entries);
  return table;
}
