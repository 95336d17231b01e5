import { Address, type Family } from '../ipvs/address.ts';
import type { SyncDaemon, SyncRole } from '../ipvs/model.ts';
import type { DirectorState, RunningDaemon } from '../ipvs/state.ts';
import type { Place } from './rule.ts';
import type { Step } from './step.ts';

/**
 * The desired state of the sync daemon in one role.
 *
 * @example
 * const shouldRun = ({ daemon }: DesiredDaemon) => daemon !== undefined;
 */
export interface DesiredDaemon {
  /** The desired configuration of the daemon; `undefined` if no daemon should run. */
  readonly daemon: SyncDaemon | undefined;
  /** The rule that this state comes from. */
  readonly place: Place;
}

/**
 * The desired state of each role that the rules mention; daemons of other roles are left alone.
 *
 * @example
 * const isAboutMaster = (daemons: DesiredDaemons) => daemons.has('master');
 */
export type DesiredDaemons = ReadonlyMap<SyncRole, DesiredDaemon>;

/** Steps that converge the sync daemons. */
export interface DaemonSteps {
  /** Stops daemons that should not run. */
  readonly stops: readonly Step[];
  /** Starts daemons that should run; one that runs with other settings is stopped right before. */
  readonly starts: readonly Step[];
}

/** Returns the steps for daemons that differ from their desired state. */
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
 * Whether a running daemon is what the kernel would make of `wanted`. Settings that the kernel does not report (Linux before
 * 4.3 reports only role, interface and ID) count as equal.
 */
function runsAs(running: RunningDaemon, wanted: SyncDaemon): boolean {
  const effective = effectiveDaemon(wanted, running.interfaceMtu);
  const isSame = <T>(reported: T | undefined, desired: T | undefined) =>
    reported === undefined || desired === undefined || reported === desired;
  return (
    running.interface === effective.interface &&
    running.syncId === effective.syncId &&
    isSame(running.group?.text, effective.group.text) &&
    isSame(running.port, effective.port) &&
    isSame(running.ttl, effective.ttl) &&
    isSame(running.maxLength, effective.maxLength)
  );
}

/** Bytes of the IP and UDP headers of a sync message. */
const headerBytes: Record<Family, number> = { inet: 20 + 8, inet6: 40 + 8 };

/**
 * Returns the daemon that the kernel starts for a request: it fills in defaults and clamps the message length
 * (`start_sync_thread`, net/netfilter/ipvs/ip_vs_sync.c). The length is absent if it depends on an unknown MTU.
 */
function effectiveDaemon(wanted: SyncDaemon, interfaceMtu: number | undefined) {
  const { role, group = defaultGroup, port = defaultPort, ttl = defaultTtl, maxLength } = wanted;
  const longest = 65535 - headerBytes[group.family];
  const mtu =
    role === 'master' ? ethernetMtu : interfaceMtu && Math.min(Math.max(interfaceMtu, ethernetMtu), 65535);
  const effective =
    maxLength === undefined
      ? mtu && mtu - headerBytes[group.family]
      : Math.min(Math.max(maxLength, role === 'master' ? 1 : 1024), longest);
  return { ...wanted, group, port, ttl, maxLength: effective };
}

/** Default group and port of sync messages: `IP_VS_SYNC_GROUP`, `IP_VS_SYNC_PORT` (ip_vs_sync.c). */
export const defaultGroup = Address.of('224.0.0.81');
export const defaultPort = 8848;
export const defaultTtl = 1;

const ethernetMtu = 1500;

/** Returns the default maximum length, in bytes, of a sync message to a group of this family over an Ethernet MTU. */
export function defaultMaxLength(family: Family): number {
  return ethernetMtu - headerBytes[family];
}
