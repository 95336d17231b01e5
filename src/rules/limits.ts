/** The largest of each kind of number that rules take. */
export const limits = {
  port: 65535,
  /** Weights and thresholds. */
  count: 0x7fffffff,
  fwmark: 0xffffffff,
  /** Seconds: 31 days. */
  timeout: 86400 * 31,
  /** Seconds between two looks: a day. */
  interval: 86400,
  prefixLength: 128,
  syncId: 255,
  /** Bytes. */
  syncMaxLength: 65507,
  ttl: 255,
  /** Bytes in names of schedulers, engines and interfaces, `IP_VS_SCHEDNAME_MAXLEN` and its like in `<linux/ip_vs.h>`. */
  name: 15,
} as const;

/** The fewest seconds between two looks. */
export const shortestInterval = 0.1;
