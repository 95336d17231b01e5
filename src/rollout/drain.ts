import type { Ipvs } from '../ipvs/client.ts';
import {
  type Destination,
  type DestinationId,
  destinationKey,
  type ServiceId,
  serviceKey,
} from '../ipvs/model.ts';
import { ignoreGone } from './gone.ts';
import { sleep } from './sleep.ts';

/** A real server to drain: it gets no new connections. */
export interface DrainTarget {
  readonly service: ServiceId;
  readonly server: DestinationId;
}

/** The state of a server when draining ended. */
export interface DrainResult extends DrainTarget {
  /** Number of connections left: the active ones or, for UDP, which has no active ones, all. */
  readonly left: number;
}

/** Called at each poll with the number of connections and of seconds left. */
export type DrainProgress = (connections: number, seconds: number) => void;

/** Milliseconds between two polls. */
const interval = 250;

/**
 * Grace period in milliseconds after setting a weight to 0: connections still in the TCP handshake are not counted as
 * active yet.
 */
const handshake = 1000;

/**
 * Sets the weight of servers to 0 and waits until their connections have ended, `seconds` have passed, or `stop` aborts. A
 * weight that somebody else sets meanwhile, such as a health checker, is set to 0 again. A server that does not exist (any
 * more) has no connections left.
 *
 * A TCP connection counts while it is active. A UDP connection counts until the kernel forgets it: if its server were
 * removed earlier, the kernel would drop its packets (`ip_vs_in_hook` in net/netfilter/ipvs/ip_vs_core.c) for as long as
 * the client keeps sending.
 *
 * Rejects with {@link NetlinkError} when the kernel refuses a request.
 */
export async function drain(
  ipvs: Ipvs,
  servers: readonly DrainTarget[],
  seconds: number,
  { progress, stop }: { readonly progress?: DrainProgress; readonly stop?: AbortSignal } = {},
): Promise<DrainResult[]> {
  const end = performance.now() + seconds * 1000;
  let settled = performance.now();
  for (;;) {
    const found = await readServers(ipvs, servers);
    if (await clearWeights(ipvs, found)) settled = performance.now() + handshake;
    const results = found.map(([target, server]) => ({
      ...target,
      left: server ? connectionsOf(target.service, server) : 0,
    }));
    const connections = results.reduce((sum, { left }) => sum + left, 0);
    const now = performance.now();
    const remaining = end - now;
    if ((connections === 0 && now >= settled) || remaining <= 0 || stop?.aborted) return results;
    progress?.(connections, Math.ceil(remaining / 1000));
    await sleep(Math.min(interval, remaining), stop);
  }
}

/** Sets the weight of servers to 0 where it is not, and returns whether there were any. */
async function clearWeights(
  ipvs: Ipvs,
  found: readonly (readonly [DrainTarget, Destination | undefined])[],
): Promise<boolean> {
  let hasCleared = false;
  for (const [{ service, server }, known] of found) {
    if (!known || known.weight === 0) continue;
    hasCleared = true;
    await ipvs.updateDestination(service, server, { ...known, weight: 0 }).catch(ignoreGone);
  }
  return hasCleared;
}

/** Returns the number of connections that draining waits for: the active ones or, for UDP, which has no active ones, all. */
export function connectionsOf(
  service: ServiceId,
  { activeConnections, inactiveConnections }: Destination,
): number {
  return isUdp(service) ? activeConnections + inactiveConnections : activeConnections;
}

/** Returns whether a service is known to be UDP. A firewall mark can cover any protocol, and is treated like TCP. */
export function isUdp(service: ServiceId): boolean {
  return service.kind === 'address' && service.protocol === 'udp';
}

/** Reads the kernel's state of servers, with one request for each of their services. */
async function readServers(
  ipvs: Ipvs,
  servers: readonly DrainTarget[],
): Promise<(readonly [DrainTarget, Destination | undefined])[]> {
  const services = new Map(servers.map(({ service }) => [serviceKey(service), service]));
  const found = new Map<string, Destination>();
  for (const service of services.values()) {
    for (const destination of await ipvs.destinations(service)) {
      found.set(destinationKey(service, destination.id), destination);
    }
  }
  return servers.map((target) => [target, found.get(destinationKey(target.service, target.server))]);
}
