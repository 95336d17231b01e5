import type { Family } from '../ipvs/address.ts';

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
