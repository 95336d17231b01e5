import { ServiceFlag } from '../ipvs/model.ts';

/**
 * The flag that makes a scheduler look for another server where the one that it has found by hashing takes no connections; by
 * the schedulers that choose by a hash alone. `dh` has no such flag (`ip_vs_sh_schedule`, `ip_vs_mh_schedule`,
 * `ip_vs_dh_schedule`, net/netfilter/ipvs).
 */
const fallbackFlags: ReadonlyMap<string, number | undefined> = new Map([
  ['sh', ServiceFlag.scheduler1],
  ['mh', ServiceFlag.scheduler1],
  ['dh', undefined],
]);

/** The fallback flag of a scheduler; `undefined` where it has none or needs none. */
export function fallbackFlag(scheduler: string): number | undefined {
  return fallbackFlags.get(scheduler);
}

/**
 * Whether a service's scheduler refuses the clients that it finds a server for by hashing, when that server has weight 0 or as
 * many connections as its upper threshold. Every other scheduler chooses among those that take connections.
 */
export function refusesByHash({ scheduler, flags }: { scheduler: string; flags: number }): boolean {
  return fallbackFlags.has(scheduler) && (flags & (fallbackFlag(scheduler) ?? 0)) === 0;
}
