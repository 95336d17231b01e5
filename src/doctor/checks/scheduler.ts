import { defaults } from '../../rules/defaults.ts';
import type { Finding } from '../finding.ts';
import type { System } from '../system.ts';
import { commandLine } from '../words.ts';

/** What the kernel calls it when a service has no scheduler. */
const noScheduler = 'none';

/**
 * Services without a scheduler, so that nothing chooses a server. None lacks the module of its own: the kernel refuses a
 * service whose scheduler it cannot load, and unloads none that is used (`ip_vs_scheduler_get`).
 */
export function missingSchedulers({ table, modules }: System): Finding[] {
  const module = `ip_vs_${defaults.scheduler}`;
  return table
    .filter(({ service }) => service.scheduler === noScheduler)
    .map(({ service }) => ({
      problem: 'The service has no scheduler.',
      services: [service.id],
      evidence: ['nothing chooses a server for its connections, so they are refused'],
      mend: [
        ...(modules.loaded.has(module) ? [] : [`modprobe ${module}`]),
        commandLine({
          name: 'edit-service',
          service: service.id,
          settings: { ...service, scheduler: defaults.scheduler },
        }),
      ],
    }));
}
