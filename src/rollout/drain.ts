import type { Ipvs } from '../ipvs/client.ts';
import {
  type Destination,
  type DestinationId,
  destinationKey,
  type ServiceId,
  serviceKey,
} from '../ipvs/model.ts';
import { sleep } from './sleep.ts';

/** A real server that is to get no more connections. */
export interface Drained {
  readonly service: ServiceId;
  readonly server: DestinationId;
}

/** The state in which draining left a server. */
export interface DrainResult extends Drained {
  /** Connections that it still had: active ones, and of UDP, which has no active ones, all. */
  readonly left: number;
}

/** Called again and again with the numbers of connections and of seconds that are left. */
export type DrainProgress = (connections: number, seconds: number) => void;

/** Time between two looks, in milliseconds. */
const interval = 250;

/**
 * Milliseconds for handshakes that were under way when the weight became 0: until they are over, their connections do
 * not count as active.
 */
const handshake = 1000;

/**
 * Sets the weight of servers to 0, and waits until their connections are gone, `seconds` are over, or `stop` is aborted. A server
 * that is not there (any more) has none left.
 *
 * A connection of TCP counts while it is active. One of UDP counts until the kernel forgets it, as it drops what comes for a
 * server that was removed (`ip_vs_in_hook` in net/netfilter/ipvs/ip_vs_core.c), for as long as the client goes on.
 *
 * Rejects with {@link NetlinkError} as the kernel refuses.
 */
export async function drain(
  ipvs: Ipvs,
  servers: readonly Drained[],
  seconds: number,
  { progress, stop }: { readonly progress?: DrainProgress; readonly stop?: AbortSignal } = {},
): Promise<DrainResult[]> {
  let settled = performance.now();
  for (const [{ service, server }, found] of await look(ipvs, servers)) {
    if (!found || found.weight === 0) continue;
    await ipvs.updateDestination(service, server, { ...found, weight: 0 });
    settled = performance.now() + handshake;
  }
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const results = (await look(ipvs, servers)).map(([drained, found]) => ({
      ...drained,
      left: found ? connectionsOf(drained.service, found) : 0,
    }));
    const connections = results.reduce((sum, { left }) => sum + left, 0);
    const now = performance.now();
    const remaining = end - now;
    if ((connections === 0 && now >= settled) || remaining <= 0 || stop?.aborted) return results;
    progress?.(connections, Math.ceil(remaining / 1000));
    await sleep(Math.min(interval, remaining), stop);
  }
}

/** Connections for which a server that is drained has to wait: active ones, and of UDP, which has no active ones, all. */
export function connectionsOf(
  service: ServiceId,
  { activeConnections, inactiveConnections }: Destination,
): number {
  return isUdp(service) ? activeConnections + inactiveConnections : activeConnections;
}

/** Whether the connections of a service are of UDP. Those of a firewall mark can be of any protocol, and count as if of TCP. */
export function isUdp(service: ServiceId): boolean {
  return service.kind === 'address' && service.protocol === 'udp';
}

/** The kernel's state of servers, asked once for each of their services. */
async function look(
  ipvs: Ipvs,
  servers: readonly Drained[],
): Promise<(readonly [Drained, Destination | undefined])[]> {
  const services = new Map(servers.map(({ service }) => [serviceKey(service), service]));
  const found = new Map<string, Destination>();
  for (const service of services.values()) {
    for (const destination of await ipvs.destinations(service)) {
      found.set(destinationKey(service, destination.id), destination);
    }
  }
  return servers.map((drained) => [drained, found.get(destinationKey(drained.service, drained.server))]);
}
