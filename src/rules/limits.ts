import { maxSyncId } from '../ipvs/model.ts';

/** Largest accepted number of each kind in rules. */
export const limits = {
  port: 65535,
  /** Weights and thresholds. */
  count: 0x7fffffff,
  fwmark: 0xffffffff,
  /** Seconds: 31 days. */
  timeout: 86400 * 31,
  /** Seconds between two refreshes of a watch: one day. */
  interval: 86400,
  prefixLength: 128,
  syncId: maxSyncId,
  /** Bytes. */
  syncMaxLength: 65507,
  ttl: 255,
  /**
   * Bytes in names of schedulers, engines and interfaces: `IP_VS_SCHEDNAME_MAXLEN` and others in `<linux/ip_vs.h>`, less NUL.
   */
  name: 15,
} as const;

/** Minimum number of seconds between two refreshes of a watch. */
export const shortestInterval = 0.1;
