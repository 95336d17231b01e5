import { Routing } from '../netlink/route.ts';
import type { Ipvs } from './client.ts';
import type { SyncDaemon, Timeouts } from './model.ts';
import { readTable, type ServiceEntry } from './table.ts';

/**
 * IPVS configuration of a network namespace: its table, connection timeouts and sync daemons.
 *
 * @example
 * const serversIn = ({ table }: DirectorState) => table.flatMap(({ destinations }) => destinations);
 */
export interface DirectorState {
  readonly table: readonly ServiceEntry[];
  readonly timeouts: Timeouts;
  readonly daemons: readonly RunningDaemon[];
}

/**
 * A running sync daemon.
 *
 * @example
 * const hasLostInterface = ({ role, interfaceMtu }: RunningDaemon) =>
 *   role === 'backup' && interfaceMtu === undefined;
 */
export interface RunningDaemon extends SyncDaemon {
  /** Current MTU of a backup daemon's interface, in bytes; absent for a master, and when the interface does not exist. */
  readonly interfaceMtu?: number | undefined;
}

/**
 * State of a freshly loaded IPVS, with the kernel's default timeouts (`tcp_timeouts` and `udp_timeouts`,
 * net/netfilter/ipvs/ip_vs_proto_tcp.c and ip_vs_proto_udp.c).
 */
export const initialState: DirectorState = {
  table: [],
  timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
  daemons: [],
};

/**
 * Reads the table, the timeouts and the daemons. Rejects with {@link NetlinkError} when the kernel refuses.
 *
 * @example
 * const { table, timeouts, daemons } = await readState(ipvs);
 */
export async function readState(ipvs: Ipvs): Promise<DirectorState> {
  const daemons = await ipvs.daemons();
  return {
    table: await readTable(ipvs),
    timeouts: await ipvs.timeouts(),
    daemons: await Promise.all(daemons.map(withInterface)),
  };
}

async function withInterface(daemon: SyncDaemon): Promise<RunningDaemon> {
  if (daemon.role === 'master') return daemon;
  const routing = await Routing.open();
  try {
    return { ...daemon, interfaceMtu: (await routing.linkNamed(daemon.interface))?.mtu };
  } finally {
    routing.close();
  }
}
