import { Address, type Family } from '../ipvs/address.ts';
import type { SyncDaemon, SyncRole } from '../ipvs/model.ts';
import type { DirectorState, RunningDaemon } from '../ipvs/state.ts';
import type { Place } from './rule.ts';
import type { Step } from './step.ts';

/**
 * A sync daemon's role as it shall be.
 *
 * @example
 * const shallRun = ({ daemon }: DesiredDaemon) => daemon !== undefined;
 */
export interface DesiredDaemon {
  /** How the daemon shall run; absent where none shall. */
  readonly daemon: SyncDaemon | undefined;
  /** The place that says so. */
  readonly place: Place;
}

/**
 * The roles that rules name; what runs in any other role is left alone.
 *
 * @example
 * const isAboutMaster = (daemons: DesiredDaemons) => daemons.has('master');
 */
export type DesiredDaemons = ReadonlyMap<SyncRole, DesiredDaemon>;

/** How to make the daemons what they shall be. */
export interface DaemonSteps {
  /** Daemons that shall not run. */
  readonly stops: readonly Step[];
  /** Daemons that shall run: those that run in another way are stopped right before. */
  readonly starts: readonly Step[];
}

/** Returns the steps for daemons that do not run as they shall. */
export function planDaemons(running: DirectorState['daemons'], desired: DesiredDaemons): DaemonSteps {
  const stops: Step[] = [];
  const starts: Step[] = [];
  for (const [role, { daemon, place }] of desired) {
    const known = running.find((other) => other.role === role);
    if (daemon ? known && runsAs(known, daemon) : !known) continue;
    const stop: Step = { command: { name: 'stop-daemon', role }, place };
    if (!daemon) stops.push(stop);
    else starts.push(...(known ? [stop] : []), { command: { name: 'start-daemon', daemon }, place });
  }
  return { stops, starts };
}

/**
 * Whether a daemon is as the kernel would make `wanted`. Settings that the kernel does not tell (Linux before 4.3 tells role,
 * interface and id only) are taken for right.
 */
function runsAs(running: RunningDaemon, wanted: SyncDaemon): boolean {
  const made = madeOf(wanted, running.interfaceMtu);
  const isSame = <T>(told: T | undefined, asked: T | undefined) =>
    told === undefined || asked === undefined || told === asked;
  return (
    running.interface === made.interface &&
    running.syncId === made.syncId &&
    isSame(running.group?.text, made.group.text) &&
    isSame(running.port, made.port) &&
    isSame(running.ttl, made.ttl) &&
    isSame(running.maxLength, made.maxLength)
  );
}

/** Bytes of the headers of a sync message: IP and UDP. */
const headers: Record<Family, number> = { inet: 20 + 8, inet6: 40 + 8 };

/**
 * Returns what the kernel makes of a request to start a daemon: defaults, and limits of the length of messages
 * (`start_sync_thread`, net/netfilter/ipvs/ip_vs_sync.c). The length is absent where it follows from an MTU that is not known.
 */
function madeOf(wanted: SyncDaemon, interfaceMtu: number | undefined) {
  const { role, group = usualGroup, port = usualPort, ttl = usualTtl, maxLength } = wanted;
  const longest = 65535 - headers[group.family];
  const mtu =
    role === 'master' ? ethernetMtu : interfaceMtu && Math.min(Math.max(interfaceMtu, ethernetMtu), 65535);
  const made =
    maxLength === undefined
      ? mtu && mtu - headers[group.family]
      : Math.min(Math.max(maxLength, role === 'master' ? 1 : 1024), longest);
  return { ...wanted, group, port, ttl, maxLength: made };
}

/** Group and port of sync messages where none is named: `IP_VS_SYNC_GROUP`, `IP_VS_SYNC_PORT` (ip_vs_sync.c). */
export const usualGroup = Address.from(Uint8Array.of(224, 0, 0, 81));
export const usualPort = 8848;
export const usualTtl = 1;

const ethernetMtu = 1500;

/** Returns the longest sync message, in bytes, to a group of that family where none is named and the MTU is that of Ethernet. */
export function usualLength(family: Family): number {
  return ethernetMtu - headers[family];
}
