import type { Address } from '../../ipvs/address.ts';
import type { DestinationId, ServiceId } from '../../ipvs/model.ts';
import type { Connection } from '../../ipvs/proc/connections.ts';
import { addressesIn, type Listed, type ServiceEntry } from '../../ipvs/table.ts';
import { type Names, namesOf } from '../../names/address-names.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import { endpointFormatter } from '../../view/endpoint.ts';
import { sortDestinations, sortServices } from '../../view/order.ts';

/** The part of an entry that looking up names needs. */
type Entry = ServiceEntry<Listed<DestinationId>, Listed<ServiceId>>;

/** Returns a table in the order in which ipvsadm lists it. */
export function inOrder<Server extends Listed<DestinationId>>(
  table: readonly ServiceEntry<Server>[],
): ServiceEntry<Server>[] {
  return sortServices(table, ({ service }) => service.id).map(({ service, destinations }) => ({
    service,
    destinations: sortDestinations(destinations),
  }));
}

/** Returns a formatter for the endpoints of a table, by name unless `numeric`. */
export async function endpointFormatterFor(
  table: readonly Entry[],
  numeric: boolean,
): Promise<EndpointFormatter> {
  return endpointFormatter(await namesIn(table, numeric));
}

/** Looks up the names of all addresses of a table; resolves to `undefined` if `numeric`. */
export async function namesIn(table: readonly Entry[], numeric: boolean): Promise<Names | undefined> {
  return numeric ? undefined : namesOf(addressesIn(table));
}

/** Returns the addresses of connections, for looking up their names. */
export function addressesOf(connections: readonly Connection[]): Address[] {
  return connections.flatMap(({ client, virtual, destination }) => [
    client.address,
    virtual.address,
    destination.address,
  ]);
}
