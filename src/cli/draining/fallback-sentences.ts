import type { ServiceId, ServiceSettings } from '../../ipvs/model.ts';
import { counted } from '../../rules/counted.ts';
import { settingsWhileDraining } from '../../rules/fallback-settings.ts';
import { formatCommand } from '../../rules/format.ts';
import { schedulerFlagNames } from '../../rules/scheduler-flags.ts';
import type { Output } from '../stdio/output.ts';

/** A service and its own settings, without the fallback. */
interface ServiceWithFallback {
  readonly service: ServiceId;
  readonly settings: Pick<ServiceSettings, 'scheduler' | 'flags'>;
}

/** Reports that services have a fallback while their servers drain, in one sentence for each scheduler. */
export function reportFallback(services: readonly ServiceWithFallback[], err: Output): void {
  for (const [first, ...others] of byScheduler(services)) {
    const { scheduler } = first.settings;
    const { use } = count(first, others);
    err.write(
      `${scheduler} refuses clients of servers with weight 0, so ${use} ${fallbackName(first.settings)} while servers drain\n`,
    );
  }
}

/** Reports that services keep the fallback, in one sentence for each scheduler. */
export function reportFallbackStays(services: readonly ServiceWithFallback[], err: Output): void {
  for (const [first, ...others] of byScheduler(services)) {
    const { keep } = count(first, others);
    err.write(
      `${keep} ${fallbackName(first.settings)} until a rollout, or -d --drain, removes its servers with weight 0\n`,
    );
  }
}

/** Returns why a service cannot have the fallback, without which it is not drained. */
export function noFallbackSentence(service: ServiceWithFallback, reason: string): string {
  const { cannot } = count(service, []);
  return `${cannot} use ${fallbackName(service.settings)} while servers drain: ${reason}`;
}

function byScheduler(
  services: readonly ServiceWithFallback[],
): [ServiceWithFallback, ...ServiceWithFallback[]][] {
  const groups = new Map<string, [ServiceWithFallback, ...ServiceWithFallback[]]>();
  for (const service of services) {
    const group = groups.get(service.settings.scheduler);
    if (group) group.push(service);
    else groups.set(service.settings.scheduler, [service]);
  }
  return [...groups.values()];
}

/** Returns the subject of a sentence about services, with each of its verbs. */
function count(
  { service }: ServiceWithFallback,
  others: readonly ServiceWithFallback[],
): Record<'use' | 'keep' | 'cannot', string> {
  const [, ...words] = formatCommand({ name: 'delete-service', service });
  const name = words.join(' ');
  if (others.length === 0) return { use: `${name} uses`, keep: `${name} keeps`, cannot: `${name} cannot` };
  const names = `${name} and ${counted(others.length, 'other service')}`;
  return { use: `${names} use`, keep: `${names} keep`, cannot: `${names} cannot` };
}

/** Returns the name of the flag or scheduler that settings get while servers drain. */
function fallbackName(settings: ServiceWithFallback['settings']): string {
  const withFallback = settingsWhileDraining(settings);
  if (withFallback.scheduler !== settings.scheduler) return `the scheduler ${withFallback.scheduler}`;
  const [flag = ''] = schedulerFlagNames(settings.scheduler, withFallback.flags & ~settings.flags);
  return flag;
}

/** Returns, in brackets, which flag would make the scheduler serve clients of servers with weight 0; empty where it has none. */
export function fallbackHint(settings: ServiceWithFallback['settings']): string {
  const isFlag = settingsWhileDraining(settings).scheduler === settings.scheduler;
  return isFlag ? ` (${fallbackName(settings)} sends them to other servers)` : '';
}
