import type { Address } from '../ipvs/address.ts';
import type { Destination, Forwarding, ServiceId } from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Finding } from './finding.ts';
import { nameOfServer, nameOfService } from './repair-commands.ts';
import type { System } from './system.ts';

/** Port of services and servers that accept all ports. */
export const anyPort = 0;

/** A server of a service. */
export interface Backend {
  readonly service: ServiceId;
  readonly server: Destination;
}

/** Returns the servers of all services. */
export function allServers({ table }: System): Backend[] {
  return table.flatMap(({ service, destinations }) =>
    destinations.map((server) => ({ service: service.id, server })),
  );
}

/**
 * Reports whether a forwarding method sends packets to the server's address. `local` leaves packets on this machine
 * (`ip_vs_null_xmit`), and `bypass` sends them to their original destination (`ip_vs_bypass_xmit`,
 * net/netfilter/ipvs/ip_vs_xmit.c).
 */
export function sendsToServer(forwarding: Forwarding): boolean {
  return forwarding !== 'local' && forwarding !== 'bypass';
}

/** Reports whether an address belongs to this machine. */
export function isLocalAddress({ routes }: System, address: { readonly text: string }): boolean {
  return routes.get(address.text)?.to === 'here';
}

/** Returns the servers behind NAT, except those on this machine. */
export function serversBehindNat(system: System): Backend[] {
  return allServers(system).filter(
    ({ server }) => server.forwarding === 'masquerade' && !isLocalAddress(system, server.id.address),
  );
}

/** Returns the services at a virtual address. */
export function servicesAt(table: readonly ServiceEntry[], address: Address): ServiceId[] {
  return table
    .map(({ service }) => service.id)
    .filter((id) => id.kind === 'address' && id.address.equals(address));
}

/** Reports whether a table has a service at a virtual address. */
export function hasAddressOf(table: readonly ServiceEntry[], address: Address): boolean {
  return servicesAt(table, address).length > 0;
}

/**
 * Reports whether this director is waiting to take over: it receives synchronised connections, and either sends none or has no
 * virtual address, like the passive one of two directors that both run both daemons.
 */
export function isBackup(system: System): boolean {
  const runs = (role: string) => system.daemons.some((daemon) => daemon.role === role);
  const hasVirtualAddress = system.table.some(
    ({ service: { id } }) => id.kind === 'address' && isLocalAddress(system, id.address),
  );
  return runs('backup') && !(runs('master') && hasVirtualAddress);
}

/** Groups items by key; groups are in the order of their first items. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}

/** Returns the services of items, without duplicates. */
export function servicesOf(items: readonly { readonly service: ServiceId }[]): ServiceId[] {
  return distinct(
    items.map(({ service }) => service),
    nameOfService,
  );
}

/** Returns the names of the servers of backends, without duplicates. */
export function namesOf(backends: readonly Backend[]): string[] {
  return [...new Set(backends.map(({ server }) => nameOfServer(server)))];
}

/** Returns the addresses of the servers of backends, without duplicates. */
export function addressesOf(backends: readonly Backend[]): Address[] {
  return distinct(
    backends.map(({ server }) => server.id.address),
    ({ text }) => text,
  );
}

/** Returns what a finding about servers affects; a single server is no subject, as `problem` itself names it. */
export function affected(backends: readonly Backend[]): Pick<Finding, 'services' | 'subjects'> {
  const names = namesOf(backends);
  return {
    services: servicesOf(backends),
    ...(names.length > 1 && { subjects: { noun: 'server', names } }),
  };
}

/** Returns one item for each key, in the order in which the keys first occur. */
export function distinct<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
