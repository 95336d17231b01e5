import { oneNetwork } from '../layouts.ts';

const { vip, addresses } = oneNetwork;

/** Rules that an administrator keeps: a service whose servers a checker looks after, with its weights, and another service. */
export const rulesBesideChecker: readonly string[] = [
  `-A -t ${vip}:80 -s rr`,
  ...addresses.map((address) => `-a -t ${vip}:80 -r ${address} -g -w 1`),
  `-A -u ${vip}:53 -s rr`,
  `-a -u ${vip}:53 -r ${addresses[0]} -g -w 1`,
];
