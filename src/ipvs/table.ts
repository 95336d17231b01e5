import { platform } from '#platform';
import type { Address } from './address.ts';
import type { Ipvs } from './client.ts';
import type { Destination, DestinationId, Service, ServiceId } from './model.ts';

/** A virtual service or real server with at least its identity. */
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

/** Returns the addresses of services and their real servers; some may be repeated. */
export function addressesIn(
  table: readonly ServiceEntry<Listed<DestinationId>, Listed<ServiceId>>[],
): Address[] {
  return table.flatMap(({ service: { id }, destinations }) => [
    ...(id.kind === 'address' ? [id.address] : []),
    ...destinations.map((server) => server.id.address),
  ]);
}

/** Number of services whose real servers are requested together. */
export const groupSize = 32;

/** Yields services with their real servers, group by group as they are read. A service removed meanwhile has no servers. */
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
 * Reads the whole table, in the kernel's order. A service removed during the read has no servers.
 *
 * @example
 * for (const { service, destinations } of await readTable(ipvs)) console.log(service.id, destinations.length);
 */
export async function readTable(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const table: ServiceEntry[] = [];
  for await (const entries of readEntries(ipvs, await ipvs.services())) table.push(...entries);
  return table;
}
