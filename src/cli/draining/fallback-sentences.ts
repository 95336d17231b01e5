import type { ServiceId, ServiceSettings } from '../../ipvs/model.ts';
import { counted } from '../../rules/counted.ts';
import { settingsWhileDraining } from '../../rules/draining.ts';
import { formatCommand } from '../../rules/format.ts';
import { schedulerFlagNames } from '../../rules/scheduler-flags.ts';
import type { Output } from '../stdio/output.ts';

/** A service and its own settings, without the fallback. */
interface Spared {
  readonly service: ServiceId;
  readonly settings: Pick<ServiceSettings, 'scheduler' | 'flags'>;
}

/** Reports that services have a fallback while their servers drain, in one sentence for each scheduler. */
export function tellFallback(services: readonly Spared[], err: Output): void {
  for (const [first, ...others] of byScheduler(services)) {
    const { scheduler } = first.settings;
    const { have } = count(first, others);
    err.write(
      `${scheduler} refuses clients of servers with weight 0, so ${have} ${fallbackName(first.settings)} while servers drain\n`,
    );
  }
}

/** Reports that services keep the fallback, in one sentence for each scheduler. */
export function tellFallbackStays(services: readonly Spared[], err: Output): void {
  for (const [first, ...others] of byScheduler(services)) {
    const { keep } = count(first, others);
    err.write(
      `${keep} ${fallbackName(first.settings)} until a rollout, or -d --drain, removes servers with weight 0\n`,
    );
  }
}

/** Returns why a service cannot have the fallback, without which it is not drained. */
export function noFallbackSentence(spared: Spared, reason: string): string {
  const { cannot } = count(spared, []);
  return `${cannot} have ${fallbackName(spared.settings)} while servers drain: ${reason}`;
}

function byScheduler(services: readonly Spared[]): [Spared, ...Spared[]][] {
  const groups = new Map<string, [Spared, ...Spared[]]>();
  for (const spared of services) {
    const group = groups.get(spared.settings.scheduler);
    if (group) group.push(spared);
    else groups.set(spared.settings.scheduler, [spared]);
  }
  return [...groups.values()];
}

/** Returns the subject of a sentence about services, with each of its verbs. */
function count({ service }: Spared, others: readonly Spared[]): Record<'have' | 'keep' | 'cannot', string> {
  const [, ...words] = formatCommand({ name: 'delete-service', service });
  const name = words.join(' ');
  if (others.length === 0) return { have: `${name} has`, keep: `${name} keeps`, cannot: `${name} cannot` };
  const names = `${name} and ${counted(others.length, 'other service')}`;
  return { have: `${names} have`, keep: `${names} keep`, cannot: `${names} cannot` };
}

/** Returns the name of the flag or scheduler that settings get while servers drain. */
function fallbackName(settings: Spared['settings']): string {
  const gentle = settingsWhileDraining(settings);
  if (gentle.scheduler !== settings.scheduler) return `the scheduler ${gentle.scheduler}`;
  const [flag = ''] = schedulerFlagNames(settings.scheduler, gentle.flags & ~settings.flags);
  return flag;
}

/** Returns, in brackets, which flag would make the scheduler serve clients of servers with weight 0; empty where it has none. */
export function fallbackHint(settings: Spared['settings']): string {
  const isFlag = settingsWhileDraining(settings).scheduler === settings.scheduler;
  return isFlag ? ` (${fallbackName(settings)} gives them to others)` : '';
}
