import type { Address, Family } from './address.ts';
import type { Protocol } from './protocol.ts';

export type { Protocol, TransportProtocol } from './protocol.ts';

/**
 * Identity of a virtual service in the kernel's table.
 *
 * @example
 * const marked: ServiceId = { kind: 'fwmark', family: 'inet', fwmark: 1 };
 * await ipvs.removeService(marked);
 */
export type ServiceId = AddressServiceId | FwmarkServiceId;

/**
 * Returns the address family of a service.
 *
 * @example
 * const services = await ipvs.services();
 * const inet6 = services.filter(({ id }) => familyOf(id) === 'inet6');
 */
export function familyOf(id: ServiceId): Family {
  return id.kind === 'fwmark' ? id.family : id.address.family;
}

/**
 * Returns a map key for a service: two identities have the same key exactly when the kernel takes them for one service.
 *
 * @example
 * const services = await ipvs.services();
 * const byKey = new Map(services.map((service) => [serviceKey(service.id), service]));
 */
export function serviceKey(id: ServiceId): string {
  return id.kind === 'fwmark' ? `${id.family} ${id.fwmark}` : `${id.protocol} ${id.address} ${id.port}`;
}

/**
 * Identity of a service with a protocol, virtual address and port.
 *
 * @example
 * const address = Address.of('192.0.2.1');
 * const web: AddressServiceId = { kind: 'address', protocol: 'tcp', address, port: 80 };
 * await ipvs.addService(web, defaultServiceSettings(web));
 */
export interface AddressServiceId {
  readonly kind: 'address';
  readonly protocol: Protocol;
  readonly address: Address;
  /** Port in host order; 0 means every port (the service must then be persistent). */
  readonly port: number;
}

/**
 * Identity of a service that takes the packets with a firewall mark.
 *
 * @example
 * const marked: FwmarkServiceId = { kind: 'fwmark', family: 'inet6', fwmark: 1 };
 * const servers = await ipvs.destinations(marked);
 */
export interface FwmarkServiceId {
  readonly kind: 'fwmark';
  readonly family: Family;
  /** The mark, 1 to 4294967295. */
  readonly fwmark: number;
}

/**
 * Bits of {@link ServiceSettings.flags}, `IP_VS_SVC_F_*` in `<linux/ip_vs.h>`.
 *
 * @example
 * const isPersistent = ({ flags }: Service) => (flags & ServiceFlag.persistent) !== 0;
 */
export const ServiceFlag = {
  persistent: 0x1,
  /** Set only by the kernel: the service is in its hash table. */
  hashed: 0x2,
  onePacket: 0x4,
  scheduler1: 0x8,
  scheduler2: 0x10,
  scheduler3: 0x20,
} as const;

/**
 * Settings of a virtual service, chosen by the administrator.
 *
 * @example
 * // The clients of a /24 network stay on one server for five minutes.
 * const marked: ServiceId = { kind: 'fwmark', family: 'inet', fwmark: 1 };
 * const settings: ServiceSettings = {
 *   ...defaultServiceSettings(marked),
 *   flags: ServiceFlag.persistent,
 *   timeout: 300,
 *   netmask: 0xffffff00,
 * };
 * await ipvs.addService(marked, settings);
 */
export interface ServiceSettings {
  /** A scheduler's kernel name, such as `wlc`; 1 to 15 bytes. */
  readonly scheduler: string;
  /** A set of {@link ServiceFlag} bits; 0 for none. */
  readonly flags: number;
  /** Persistence time in seconds; 0 when the service is not persistent. */
  readonly timeout: number;
  /**
   * Granularity of persistence. For `inet` the mask as an unsigned number in host order (255.255.255.0 is 0xffffff00), for
   * `inet6` the prefix length. Used only when the service is persistent.
   */
  readonly netmask: number;
  /** Kernel name of the persistence engine, such as `sip`; absent when there is none. */
  readonly persistenceEngine?: string | undefined;
}

/**
 * Traffic counters, `struct ip_vs_stats64`: totals since creation or the last zeroing, and smoothed rates per second.
 *
 * @example
 * const megabytes = ({ inBytes, outBytes }: Stats) => Number((inBytes + outBytes) / 1_000_000n);
 */
export interface Stats {
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
  readonly connectionRate: bigint;
  readonly inPacketRate: bigint;
  readonly outPacketRate: bigint;
  readonly inByteRate: bigint;
  readonly outByteRate: bigint;
}

/**
 * A virtual service as the kernel reports it.
 *
 * @example
 * const describe = ({ id, scheduler, stats }: Service) =>
 *   `${serviceKey(id)} ${scheduler}: ${stats.connections} connections`;
 */
export interface Service extends ServiceSettings {
  readonly id: ServiceId;
  readonly stats: Stats;
}

/**
 * Identity of a real server within its service.
 *
 * @example
 * const server: DestinationId = { address: Address.of('10.0.0.1'), port: 8080 };
 */
export interface DestinationId {
  /** Address of the server; with tunnel forwarding, its family may differ from that of the service. */
  readonly address: Address;
  /** Port in host order. */
  readonly port: number;
}

/**
 * Returns a map key for a real server within its service: two identities have the same key exactly when the kernel takes them
 * for one server.
 *
 * @example
 * const [entry] = await readTable(ipvs);
 * const keys = new Set(entry?.destinations.map(({ id }) => serverKey(id)));
 */
export function serverKey({ address, port }: DestinationId): string {
  return `${address} ${port}`;
}

/**
 * Returns a map key for a real server across all services.
 *
 * @example
 * const weights = new Map<string, number>();
 * for (const { service, destinations } of await readTable(ipvs))
 *   for (const { id, weight } of destinations) weights.set(destinationKey(service.id, id), weight);
 */
export function destinationKey(service: ServiceId, server: DestinationId): string {
  return `${serviceKey(service)} ${serverKey(server)}`;
}

/**
 * Forwarding method: how packets reach a real server, `IP_VS_CONN_F_FWD_MASK` in `<linux/ip_vs.h>`.
 *
 * @example
 * const answersItself = (forwarding: Forwarding) => forwarding === 'route' || forwarding === 'tunnel';
 */
export type Forwarding = 'masquerade' | 'local' | 'tunnel' | 'route' | 'bypass';

/**
 * Encapsulation of tunnelled packets, `IP_VS_CONN_F_TUNNEL_TYPE_*`.
 *
 * @example
 * const hasPort = (type: TunnelType) => type === 'gue';
 */
export type TunnelType = 'ipip' | 'gue' | 'gre';

/**
 * Bits of {@link Tunnel.flags}, `IP_VS_TUNNEL_ENCAP_FLAG_*`. Without any bit there is no checksum.
 *
 * @example
 * const hasChecksum = ({ flags }: Tunnel) => (flags & TunnelFlag.checksum) !== 0;
 */
export const TunnelFlag = { checksum: 0x1, remoteChecksum: 0x2 } as const;

/**
 * Encapsulation of a tunnelled real server.
 *
 * @example
 * const gue: Tunnel = { type: 'gue', port: 6080, flags: TunnelFlag.checksum };
 */
export interface Tunnel {
  readonly type: TunnelType;
  /** UDP port of GUE in host order; 0 for the other types. */
  readonly port: number;
  /** A set of {@link TunnelFlag} bits. */
  readonly flags: number;
}

/**
 * Settings of a real server, chosen by the administrator.
 *
 * @example
 * const settings: DestinationSettings = { ...defaultDestinationSettings, forwarding: 'masquerade', weight: 2 };
 * const server = { address: Address.of('10.0.0.1'), port: 8080 };
 * await ipvs.addDestination({ kind: 'fwmark', family: 'inet', fwmark: 1 }, server, settings);
 */
export interface DestinationSettings {
  readonly forwarding: Forwarding;
  /** Share of new connections, 0 (none) to 2147483647. */
  readonly weight: number;
  /** Number of connections at which the server stops getting new ones; 0 means no limit. */
  readonly upperThreshold: number;
  /** Number of connections below which a full server gets new ones again; 0 leaves that to the kernel. */
  readonly lowerThreshold: number;
  /** Encapsulation; used only with the forwarding method `tunnel`. */
  readonly tunnel: Tunnel;
}

/**
 * A real server as the kernel reports it.
 *
 * @example
 * // Takes a server out of service; existing connections continue.
 * const quiesce = (service: ServiceId, server: Destination) =>
 *   ipvs.updateDestination(service, server.id, { ...server, weight: 0 });
 */
export interface Destination extends DestinationSettings {
  readonly id: DestinationId;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: Stats;
}

/**
 * Returns whether a server has reached its upper threshold, so that it gets no new connections.
 *
 * @example
 * for (const { service, destinations } of await readTable(ipvs))
 *   console.log(serviceKey(service.id), destinations.filter(isFull).length, 'are full');
 */
export function isFull({ upperThreshold, activeConnections, inactiveConnections }: Destination): boolean {
  return upperThreshold > 0 && activeConnections + inactiveConnections >= upperThreshold;
}

/**
 * Returns whether a server gets new connections.
 *
 * @example
 * const table = await readTable(ipvs);
 * const down = table.filter(({ destinations }) => !destinations.some(isUsable));
 */
export function isUsable(server: Destination): boolean {
  return server.weight > 0 && !isFull(server);
}

/**
 * Connection timeouts in seconds. When setting them, 0 leaves a timeout unchanged.
 *
 * @example
 * const udpOnly: Timeouts = { tcp: 0, tcpFin: 0, udp: 60 };
 * await ipvs.setTimeouts(udpOnly);
 */
export interface Timeouts {
  readonly tcp: number;
  readonly tcpFin: number;
  readonly udp: number;
}

/**
 * Role of a connection synchronisation daemon.
 *
 * @example
 * const stop = (role: SyncRole) => ipvs.stopDaemon(role);
 */
export type SyncRole = 'master' | 'backup';

/**
 * Largest sync ID. The kernel accepts larger numbers, but sends only their last eight bits (`struct ip_vs_sync_mesg`,
 * ip_vs_sync.c).
 *
 * @example
 * const syncId = Math.floor(Math.random() * maxSyncId) + 1;
 * await ipvs.startDaemon({ role: 'backup', interface: 'eth0', syncId });
 */
export const maxSyncId = 0xff;

/**
 * A connection synchronisation daemon. When starting one, the kernel chooses the fields that are left out.
 *
 * @example
 * const daemon: SyncDaemon = { role: 'master', interface: 'eth0', syncId: 7 };
 * await ipvs.startDaemon(daemon);
 */
export interface SyncDaemon {
  readonly role: SyncRole;
  /** Name of the network interface that carries the sync messages. */
  readonly interface: string;
  /** Sync ID, 0 to 255: a master sends it, and a backup ignores messages with another one, unless its own is 0. */
  readonly syncId: number;
  /** Longest sync message in bytes. */
  readonly maxLength?: number | undefined;
  readonly group?: Address | undefined;
  readonly port?: number | undefined;
  readonly ttl?: number | undefined;
}

/**
 * Version and connection table size of the kernel's IPVS.
 *
 * @example
 * const { connectionTableSize }: Info = await ipvs.info();
 */
export interface Info {
  /** Version of the module, such as `{ major: 1, minor: 2, patch: 1 }`. */
  readonly version: { readonly major: number; readonly minor: number; readonly patch: number };
  /** Number of buckets in the connection table. */
  readonly connectionTableSize: number;
}

/**
 * Returns the IPVS version as text, such as `1.2.1`.
 *
 * @example
 * console.log(`IPVS ${versionText(await ipvs.info())}`);
 */
export function versionText({ version: { major, minor, patch } }: Info): string {
  return `${major}.${minor}.${patch}`;
}
