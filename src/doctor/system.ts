import type { Address } from '../ipvs/address.ts';
import type { Protocol, SyncDaemon, Timeouts } from '../ipvs/model.ts';
import type { Endpoint } from '../ipvs/proc/connections.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { DesiredState } from '../rules/desired.ts';
import type { Marking } from './marks.ts';
import type { SettingName } from './observe/settings.ts';
import type { SourceNat } from './source-nat.ts';

/** The state of a running system that checks examine. */
export interface System {
  /** True when the kernel has IPVS; without it, the table is empty. */
  readonly hasIpvs: boolean;
  readonly table: readonly ServiceEntry[];
  /** Timeouts of connections. */
  readonly timeouts: Timeouts;
  readonly daemons: readonly SyncDaemon[];
  /** Other directors whose sync messages were heard, each id of each once; empty where nobody listened. */
  readonly heard: readonly HeardDirector[];
  readonly connections: ConnectionTable;
  readonly interfaces: readonly Interface[];
  /** The route to each address in the table, by the address as text. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Names of the interfaces of IPv4 default routes. */
  readonly defaultInterfaces: readonly string[];
  /** Kernel settings by name, such as `net.ipv4.ip_forward`, without those that this kernel lacks. */
  readonly settings: ReadonlyMap<SettingName, string>;
  readonly modules: Modules;
  /** Ports at which programs of this machine wait for clients. */
  readonly listeners: readonly Listener[];
  /** The rules that set firewall marks; read only when a service has a firewall mark. */
  readonly marking: Marking;
  /** The rules that change source addresses; read only when a service has NAT. */
  readonly sourceNat: SourceNat;
  /** The state that the director shall have, where that is known. */
  readonly expected?: Expected | undefined;
  /** Clauses that name the things that could not be read, and why. Checks treat these as absent. */
  readonly unseen: readonly string[];
}

/** The state that a file of rules asks for. */
export interface Expected {
  /** The file's name, as it was given. */
  readonly file: string;
  readonly state: DesiredState;
}

/** A director whose sync messages were heard. */
export interface HeardDirector {
  readonly address: Address;
  readonly syncId: number;
  /** Virtual addresses of the connections that it told of, each once. */
  readonly virtual: readonly Address[];
}

/** The kernel's table of connections. */
export interface ConnectionTable {
  /** Number of connections, persistence templates included. */
  readonly count: number;
  readonly buckets: number;
  readonly open: readonly OpenConnections[];
  /** Servers of TCP none of whose connections here has been answered. */
  readonly unanswered: readonly UnansweredConnections[];
}

/** Connections of TCP from one virtual address and port to one server, no packet of which has come back to this director. */
export type UnansweredConnections = Pick<OpenConnections, 'virtual' | 'destination' | 'count'>;

/** Connections from one virtual address and port to one server in which both ends expect packets. */
export interface OpenConnections {
  readonly protocol: Protocol;
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  readonly count: number;
  /** Seconds until the last of the connections expires. */
  readonly seconds: number;
}

/** A network interface with its addresses. */
export interface Interface {
  readonly name: string;
  readonly isUp: boolean;
  /** False where the interface does not say that it carries multicast. */
  readonly isMulticast: boolean;
  /** The kind of a virtual interface, such as `ipip`. */
  readonly kind?: string | undefined;
  readonly addresses: readonly Address[];
  /** Addresses of IPv6 among them that another machine had when they were added. */
  readonly duplicates: readonly Address[];
}

/** The route to an address: to this machine itself, out of it, or none. */
export interface Route {
  readonly to: 'here' | 'out' | 'nowhere';
  /** The interface that packets leave through. */
  readonly interface?: string | undefined;
  /** The next hop, when the address is not on a network of this machine. */
  readonly gateway?: Address | undefined;
}

/** Modules of the kernel. Modules that are built in are in neither set. */
export interface Modules {
  readonly loaded: ReadonlySet<string>;
  /** Loaded modules that rules or other modules use. */
  readonly inUse: ReadonlySet<string>;
}

/** A port at which a program waits for clients. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** The address; the wildcard address stands for all of them. */
  readonly address: Address;
  readonly port: number;
}
