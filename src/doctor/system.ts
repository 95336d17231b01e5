import type { Address } from '../ipvs/address.ts';
import type { Endpoint } from '../ipvs/connections.ts';
import type { Protocol, SyncDaemon } from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Marking } from './marks.ts';

/** A running system as the doctor has seen it: all that its checks judge by. */
export interface System {
  /** Whether the kernel has IPVS; where it does not, the table is empty. */
  readonly hasIpvs: boolean;
  readonly table: readonly ServiceEntry[];
  readonly daemons: readonly SyncDaemon[];
  readonly connections: ConnectionTable;
  readonly interfaces: readonly Interface[];
  /** The way to each address that the table names, by the address as text. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Names of the interfaces that default routes of IPv4 lead through. */
  readonly defaultInterfaces: readonly string[];
  /** Kernel settings, such as `net.ipv4.ip_forward`; what this kernel does not have is missing. */
  readonly settings: ReadonlyMap<string, string>;
  readonly modules: Modules;
  /** Where programs of this machine wait for clients. */
  readonly listeners: readonly Listener[];
  /** The rules that set firewall marks; looked at only where a service goes by one. */
  readonly marking: Marking;
  /** What could not be looked at, and why: clauses. Checks take it for absent. */
  readonly unseen: readonly string[];
}

/** The kernel's table of connections. */
export interface ConnectionTable {
  /** Connections in it, persistence templates included. */
  readonly count: number;
  readonly buckets: number;
  readonly open: readonly OpenConnections[];
}

/** Connections from one virtual address and port to one server, whose ends expect packets. */
export interface OpenConnections {
  readonly protocol: Protocol;
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  readonly count: number;
  /** Until the last of them is forgotten. */
  readonly seconds: number;
}

/** A network interface with its addresses. */
export interface Interface {
  readonly name: string;
  readonly isUp: boolean;
  /** The kind of a virtual interface, such as `ipip`. */
  readonly kind?: string | undefined;
  readonly addresses: readonly Address[];
}

/** Where packets to an address go: to this machine itself, out, or nowhere. */
export interface Route {
  readonly to: 'here' | 'out' | 'nowhere';
  /** The interface that they leave through. */
  readonly interface?: string | undefined;
  /** Who is given them to hand on, when it is not the machine with that address. */
  readonly gateway?: Address | undefined;
}

/** Modules of the kernel. Those that are built into it are in neither. */
export interface Modules {
  readonly loaded: ReadonlySet<string>;
  /** Loaded ones that rules or other modules make use of. */
  readonly inUse: ReadonlySet<string>;
}

/** A port at which a program waits for clients. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** The wildcard address stands for all. */
  readonly address: Address;
  readonly port: number;
}
