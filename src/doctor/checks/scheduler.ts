import { defaults } from '../../rules/defaults.ts';
import type { Finding } from '../finding.ts';
import { commandLine } from '../repair-commands.ts';
import type { System } from '../system.ts';

/** The kernel's name for a service without a scheduler. */
const noScheduler = 'none';

/**
 * Finds services without a scheduler, for which nothing chooses a server. The cause cannot be a missing scheduler module: the
 * kernel refuses a service whose scheduler it cannot load, and never unloads one in use (`ip_vs_scheduler_get`,
 * net/netfilter/ipvs/ip_vs_sched.c).
 */
export function missingSchedulers({ table, modules }: System): Finding | undefined {
  const found = table.map(({ service }) => service).filter(({ scheduler }) => scheduler === noScheduler);
  if (found.length === 0) return undefined;
  const one = found.length === 1;
  const module = `ip_vs_${defaults.scheduler}`;
  return {
    problem: one ? 'The service has no scheduler.' : `${found.length} services have no scheduler.`,
    services: found.map(({ id }) => id),
    evidence: [`nothing chooses a server for ${one ? 'its' : 'their'} connections, so they are refused`],
    repairs: [
      ...(modules.loaded.has(module) ? [] : [[`modprobe ${module}`]]),
      ...found.map((service) => {
        const settings = { ...service, scheduler: defaults.scheduler };
        return [commandLine({ name: 'edit-service', service: service.id, settings })];
      }),
    ],
  };
}
