import { oneNetwork } from '../layouts.ts';

const { vip, addresses } = oneNetwork;

/** An administrator's rules: a service whose servers and weights a health checker manages too, and another service. */
export const rulesBesideChecker: readonly string[] = [
  `-A -t ${vip}:80 -s rr`,
  ...addresses.map((address) => `-a -t ${vip}:80 -r ${address} -g -w 1`),
  `-A -u ${vip}:53 -s rr`,
  `-a -u ${vip}:53 -r ${addresses[0]} -g -w 1`,
];
