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
  /** True if the kernel has IPVS; otherwise the table is empty. */
  readonly hasIpvs: boolean;
  readonly table: readonly ServiceEntry[];
  /** Timeouts of connections. */
  readonly timeouts: Timeouts;
  readonly daemons: readonly SyncDaemon[];
  /** Other directors whose sync messages were heard, once for each sync ID; empty if nobody listened. */
  readonly syncSenders: readonly SyncSender[];
  readonly connections: ConnectionTable;
  readonly interfaces: readonly Interface[];
  /** Routes to the addresses in the table, keyed by address text. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Names of the interfaces of IPv4 default routes. */
  readonly defaultInterfaces: readonly string[];
  /** Kernel settings by name, such as `net.ipv4.ip_forward`; settings that this kernel lacks are left out. */
  readonly settings: ReadonlyMap<SettingName, string>;
  readonly modules: Modules;
  /** Ports on which programs of this machine wait for clients. */
  readonly listeners: readonly Listener[];
  /** Rules that set firewall marks; read only if the table has firewall-mark services or servers behind NAT. */
  readonly marking: Marking;
  /** Rules that change source addresses; read only if the table has firewall-mark services or servers behind NAT. */
  readonly sourceNat: SourceNat;
  /** The desired state of the director, if known. */
  readonly expected?: Expected | undefined;
  /** Clauses that name what could not be read, and why. Checks treat it as absent. */
  readonly unreadable: readonly string[];
}

/** The desired state that a rule file defines. */
export interface Expected {
  /** File name as given. */
  readonly file: string;
  readonly state: DesiredState;
}

/** A director whose sync messages were heard. */
export interface SyncSender {
  readonly address: Address;
  readonly syncId: number;
  /** Virtual addresses of its synchronised connections, without duplicates. */
  readonly virtual: readonly Address[];
}

/** The kernel's connection table. */
export interface ConnectionTable {
  /** Number of connections, persistence templates included. */
  readonly count: number;
  readonly buckets: number;
  readonly open: readonly OpenConnections[];
  readonly answers: readonly Answers[];
}

/** TCP connections from one virtual address and port to one server, with and without an answer through this director. */
export interface Answers {
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  readonly answered: number;
  readonly unanswered: number;
}

/** Connections from one virtual address and port to one server, in states in which both ends expect packets. */
export interface OpenConnections {
  readonly protocol: Protocol;
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  readonly count: number;
  /** Seconds until the last of these connections expires. */
  readonly seconds: number;
}

/** A network interface with its addresses. */
export interface Interface {
  readonly name: string;
  readonly isUp: boolean;
  /** False if the interface lacks the MULTICAST flag. */
  readonly isMulticast: boolean;
  /** The kind of a virtual interface, such as `ipip`. */
  readonly kind?: string | undefined;
  readonly addresses: readonly Address[];
  /** IPv6 addresses among them that another machine already had when they were added. */
  readonly duplicates: readonly Address[];
}

/** The route to an address: to this machine itself, out of it, or nowhere. */
export interface Route {
  readonly to: 'here' | 'out' | 'nowhere';
  /** The outgoing interface. */
  readonly interface?: string | undefined;
  /** The next hop, if the address is not on a network of this machine. */
  readonly gateway?: Address | undefined;
}

/** Kernel modules. Built-in modules are in neither set. */
export interface Modules {
  readonly loaded: ReadonlySet<string>;
  /** Loaded modules used by rules or other modules. */
  readonly inUse: ReadonlySet<string>;
}

/** A port on which a program waits for clients. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** The address; the wildcard address means all addresses. */
  readonly address: Address;
  readonly port: number;
}
