import type { Address, Family } from './address.ts';
import type { Protocol } from './protocol.ts';

export type { Protocol, TransportProtocol } from './protocol.ts';

/** Identity of a virtual service in the kernel's table. */
export type ServiceId = AddressServiceId | FwmarkServiceId;

/** Returns the family of the addresses of a service. */
export function familyOf(id: ServiceId): Family {
  return id.kind === 'fwmark' ? id.family : id.address.family;
}

/** Returns a text that tells services apart as the kernel does. */
export function serviceKey(id: ServiceId): string {
  return id.kind === 'fwmark' ? `${id.family} ${id.fwmark}` : `${id.protocol} ${id.address} ${id.port}`;
}

/** A service reached at protocol, virtual address and port. */
export interface AddressServiceId {
  readonly kind: 'address';
  readonly protocol: Protocol;
  readonly address: Address;
  /** Port in host order; 0 means every port (the service must then be persistent). */
  readonly port: number;
}

/** A service that takes the packets which a firewall rule has marked. */
export interface FwmarkServiceId {
  readonly kind: 'fwmark';
  readonly family: Family;
  /** The mark, 1 to 4294967295. */
  readonly fwmark: number;
}

/** Bits of {@link ServiceSettings.flags}, `IP_VS_SVC_F_*` in `<linux/ip_vs.h>`. */
export const ServiceFlag = {
  persistent: 0x1,
  /** Set by the kernel alone: the service stands in its table. */
  hashed: 0x2,
  onePacket: 0x4,
  scheduler1: 0x8,
  scheduler2: 0x10,
  scheduler3: 0x20,
} as const;

/** Settings of a virtual service, which an administrator chooses. */
export interface ServiceSettings {
  /** A scheduler's kernel name, such as `wlc`; 1 to 15 bytes. */
  readonly scheduler: string;
  /** A set of {@link ServiceFlag} bits. */
  readonly flags: number;
  /** Persistence time in seconds; 0 when the service is not persistent. */
  readonly timeout: number;
  /**
   * Granularity of persistence. For `inet` the mask as an unsigned number in host order
   * (255.255.255.0 is 0xffffff00), for `inet6` the length of the prefix.
   */
  readonly netmask: number;
  /** Kernel name of the persistence engine (`sip`), when there is one. */
  readonly persistenceEngine?: string | undefined;
}

/** A counter of 64 bits, with all its digits: where it is small, as a number. */
export type Counter = bigint | number;

/** Traffic counters, `struct ip_vs_stats64`: totals since start or zeroing, and smoothed rates per second. */
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

/** A virtual service as the kernel reports it. */
export interface Service extends ServiceSettings {
  readonly id: ServiceId;
  readonly stats: Stats;
}

/** Identity of a real server among those of its service. */
export interface DestinationId {
  /** May be of the other family than the service's when forwarding tunnels. */
  readonly address: Address;
  /** Port in host order. */
  readonly port: number;
}

/** Returns a text that tells the servers of one service apart as the kernel does. */
export function serverKey({ address, port }: DestinationId): string {
  return `${address} ${port}`;
}

/** How packets reach a real server, `IP_VS_CONN_F_FWD_MASK` in `<linux/ip_vs.h>`. */
export type Forwarding = 'masquerade' | 'local' | 'tunnel' | 'route' | 'bypass';

/** How tunnelled packets are wrapped, `IP_VS_CONN_F_TUNNEL_TYPE_*`. */
export type TunnelType = 'ipip' | 'gue' | 'gre';

/** Bits of {@link Tunnel.flags}, `IP_VS_TUNNEL_ENCAP_FLAG_*`. No bit means without checksum. */
export const TunnelFlag = { checksum: 0x1, remoteChecksum: 0x2 } as const;

/** Encapsulation of a tunnelled real server. */
export interface Tunnel {
  readonly type: TunnelType;
  /** UDP port of GUE in host order; 0 for the others. */
  readonly port: number;
  /** A set of {@link TunnelFlag} bits. */
  readonly flags: number;
}

/** Settings of a real server, which an administrator chooses. */
export interface DestinationSettings {
  readonly forwarding: Forwarding;
  /** Share of new connections, 0 (none) to 2147483647. */
  readonly weight: number;
  /** New connections stop at this many; 0 is no limit. */
  readonly upperThreshold: number;
  /** They start again below this many; 0 leaves it to the kernel. */
  readonly lowerThreshold: number;
  readonly tunnel: Tunnel;
}

/** A real server as the kernel reports it. */
export interface Destination extends DestinationSettings {
  readonly id: DestinationId;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: Stats;
}

/** Whether a server has as many connections as its upper threshold, so that it gets no new ones. */
export function isFull({ upperThreshold, activeConnections, inactiveConnections }: Destination): boolean {
  return upperThreshold > 0 && activeConnections + inactiveConnections >= upperThreshold;
}

/** Whether a server gets new connections. */
export function isUsable(server: Destination): boolean {
  return server.weight > 0 && !isFull(server);
}

/** Connection timeouts in seconds. When they are set, 0 leaves one as it is. */
export interface Timeouts {
  readonly tcp: number;
  readonly tcpFin: number;
  readonly udp: number;
}

/** Role of a connection synchronisation daemon. */
export type SyncRole = 'master' | 'backup';

/** A connection synchronisation daemon. What is left out when one is started is the kernel's to choose. */
export interface SyncDaemon {
  readonly role: SyncRole;
  /** Name of the network interface that carries the sync messages. */
  readonly interface: string;
  /** Distinguishes directors that share a group, 0 to 255. */
  readonly syncId: number;
  /** Longest sync message in bytes. */
  readonly maxLength?: number | undefined;
  readonly group?: Address | undefined;
  readonly port?: number | undefined;
  readonly ttl?: number | undefined;
}

/** Facts of the kernel about its IPVS. */
export interface Info {
  /** For instance `{ major: 1, minor: 2, patch: 1 }`. */
  readonly version: { readonly major: number; readonly minor: number; readonly patch: number };
  /** Buckets of the connection table. */
  readonly connectionTableSize: number;
}

/** Returns the version of IPVS as it is written: `1.2.1`. */
export function versionText({ version: { major, minor, patch } }: Info): string {
  return `${major}.${minor}.${patch}`;
}
