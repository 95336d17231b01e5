import type { Family } from '../ipvs/address.ts';
import { familyOf, type ServiceId, type ServiceSettings } from '../ipvs/model.ts';

/** Defaults of options; those not marked as ours were found by trying ipvsadm 1.31. */
export const defaults = {
  scheduler: 'wlc',
  /** Seconds. */
  persistence: 360,
  mcastInterface: 'eth0',
  /** Longest wait for connections to end, in seconds. Ours. */
  drain: 300,
  /** Seconds; the kernel updates its counters at this interval. Ours. */
  watchInterval: 2,
  /** Number of entries of each kind that `--top` prints. Ours. */
  top: 10,
} as const;

/** Returns the netmask that treats every client separately, in the form of `ServiceSettings.netmask`. */
export function defaultNetmask(family: Family): number {
  return family === 'inet' ? 0xffffffff : 128;
}

/**
 * Returns the settings of a service for which `ipvsadm -A` is given no option: the scheduler `wlc`, and no persistence.
 *
 * @example
 * const web: ServiceId = { kind: 'address', protocol: 'tcp', address: Address.of('192.0.2.1'), port: 80 };
 * await ipvs.addService(web, { ...defaultServiceSettings(web), scheduler: 'rr' });
 */
export function defaultServiceSettings(service: ServiceId): ServiceSettings {
  return { scheduler: defaults.scheduler, flags: 0, timeout: 0, netmask: defaultNetmask(familyOf(service)) };
}
