import type { Family } from '../ipvs/address.ts';

/** Values of options that are not given, found by trying ipvsadm 1.31. */
export const defaults = {
  scheduler: 'wlc',
  /** Seconds. */
  persistence: 360,
  mcastInterface: 'eth0',
  /** The longest wait for connections to end, in seconds. Ours. */
  drain: 300,
  /** Seconds; the kernel brings its counters up to date as often. Ours. */
  watchInterval: 2,
  /** How many of each kind `--top` prints. Ours. */
  top: 10,
} as const;

/** The netmask that makes every client its own, in the form of `ServiceSettings.netmask`. */
export function defaultNetmask(family: Family): number {
  return family === 'inet' ? 0xffffffff : 128;
}
