import type { Destination, ServiceId } from '../ipvs/model.ts';
import type { System } from './system.ts';

/** A server of a service. */
export interface Serving {
  readonly service: ServiceId;
  readonly server: Destination;
}

/** The servers of all services. */
export function allServers({ table }: System): Serving[] {
  return table.flatMap(({ service, destinations }) =>
    destinations.map((server) => ({ service: service.id, server })),
  );
}

/** Whether an address is one of this machine's. */
export function isHere({ routes }: System, address: { readonly text: string }): boolean {
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

/** Each once, in the order of their first. */
export function distinct<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
