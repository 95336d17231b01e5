import type { Destination, Forwarding, ServiceId } from '../ipvs/model.ts';
import type { Finding } from './finding.ts';
import { nameOfServer, nameOfService } from './mend-commands.ts';
import type { System } from './system.ts';

/** A server of a service. */
export interface Backend {
  readonly service: ServiceId;
  readonly server: Destination;
}

/** The servers of all services. */
export function allServers({ table }: System): Backend[] {
  return table.flatMap(({ service, destinations }) =>
    destinations.map((server) => ({ service: service.id, server })),
  );
}

/**
 * Whether packets of this forwarding method are sent to the server's address. Those of `local` stay on this machine
 * (`ip_vs_null_xmit`), and those of `bypass` are sent to the address that they came with (`ip_vs_bypass_xmit`,
 * net/netfilter/ipvs/ip_vs_xmit.c).
 */
export function sendsToServer(forwarding: Forwarding): boolean {
  return forwarding !== 'local' && forwarding !== 'bypass';
}

/** Whether an address is one of this machine's. */
export function isLocalAddress({ routes }: System, address: { readonly text: string }): boolean {
  return routes.get(address.text)?.to === 'here';
}

/** Whether this director only waits to take over from another one. */
export function isBackup({ daemons }: System): boolean {
  const runs = (role: string) => daemons.some((daemon) => daemon.role === role);
  return runs('backup') && !runs('master');
}

/** Things of one kind together, in the order of their first. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}

/** The services of servers, each once. */
export function servicesOf(backends: readonly Backend[]): ServiceId[] {
  return distinct(
    backends.map(({ service }) => service),
    nameOfService,
  );
}

/** The names of servers, each once. */
export function namesOf(backends: readonly Backend[]): string[] {
  return [...new Set(backends.map(({ server }) => nameOfServer(server)))];
}

/** The servers as subjects of a finding whose problem names one, but tells only the number of several. */
export function serversAsSubjects(backends: readonly Backend[]): Pick<Finding, 'subjects'> {
  const names = namesOf(backends);
  return names.length > 1 ? { subjects: { noun: 'server', names } } : {};
}

/** Each once, in the order of their first. */
export function distinct<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
