import { ServiceFlag } from '../ipvs/model.ts';

/**
 * Fallback flags of the schedulers that choose by a hash alone: with its flag, a scheduler looks for another server if the one
 * found by hashing accepts no connections. `dh` has no such flag (`ip_vs_sh_schedule`, `ip_vs_mh_schedule`,
 * `ip_vs_dh_schedule`, net/netfilter/ipvs).
 */
const fallbackFlags: ReadonlyMap<string, number | undefined> = new Map([
  ['sh', ServiceFlag.scheduler1],
  ['mh', ServiceFlag.scheduler1],
  ['dh', undefined],
]);

/** Returns the fallback flag of a scheduler; `undefined` if it has none or needs none. */
export function fallbackFlag(scheduler: string): number | undefined {
  return fallbackFlags.get(scheduler);
}

/**
 * Whether a service's scheduler refuses clients that hash to a server with weight 0 or at its upper threshold. Every other
 * scheduler chooses among the servers that accept connections.
 */
export function refusesByHash({ scheduler, flags }: { scheduler: string; flags: number }): boolean {
  return fallbackFlags.has(scheduler) && (flags & (fallbackFlag(scheduler) ?? 0)) === 0;
}
