import {
  destinationKey,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  serverKey,
  serviceKey,
} from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { DesiredService, DesiredTable } from './desired.ts';
import { fallbackFlag, refusesByHash } from './hash-schedulers.ts';
import type { Step } from './step.ts';

/** The settings of a service that decide about the clients of servers of weight 0. */
type Scheduling = Pick<ServiceSettings, 'scheduler' | 'flags'>;

/**
 * The scheduler in place of dh while servers drain, as dh has no flag for a fallback: it chooses by the destination too, among the
 * servers that take connections (`ip_vs_lblc_schedule` in net/netfilter/ipvs).
 */
const substitutes: ReadonlyMap<string, string> = new Map([['dh', 'lblc']]);

/**
 * Marks a fallback as one for the time of draining. Neither the schedulers that choose by a hash nor lblc give the flag a meaning,
 * and the kernel keeps it with the service: so also another process knows what to take back, and the next one when this one was
 * killed.
 */
const temporary = ServiceFlag.scheduler3;

/** The settings with which a service serves every client while servers of it drain; its own where it does so anyway. */
export function settingsWhileDraining<Settings extends Scheduling>(settings: Settings): Settings {
  if (!refusesByHash(settings)) return settings;
  const { scheduler, flags } = settings;
  return {
    ...settings,
    scheduler: substitutes.get(scheduler) ?? scheduler,
    flags: flags | (fallbackFlag(scheduler) ?? 0) | temporary,
  };
}

/** The settings that a service had before {@link settingsWhileDraining}; those it has where they are not for draining. */
export function settingsAfterDraining<Settings extends Scheduling>(settings: Settings): Settings {
  const { scheduler, flags } = settings;
  if (!(flags & temporary)) return settings;
  const [own] = [...substitutes].find(([, substitute]) => substitute === scheduler) ?? [];
  if (own) return { ...settings, scheduler: own, flags: flags & ~temporary };
  const fallback = fallbackFlag(scheduler) ?? 0;
  return flags & fallback ? { ...settings, flags: flags & ~(fallback | temporary) } : settings;
}

/** Whether settings are those that {@link settingsWhileDraining} makes. */
export function isForDraining(settings: Scheduling): boolean {
  return settingsAfterDraining(settings) !== settings;
}

/** The services that have settings for draining already, since an earlier run left servers of weight 0. */
export function servicesWithFallback(table: readonly ServiceEntry[]): ServiceId[] {
  return table.flatMap(({ service }) => (isForDraining(service) ? [service.id] : []));
}

/**
 * Returns a table like `desired` in which every service serves all its clients while the servers that it loses drain, where
 * `current` is what the kernel has. A service to which no server is left that would take the clients is as `desired` has it.
 */
export function tableWhileDraining(current: readonly ServiceEntry[], desired: DesiredTable): DesiredTable {
  const table = new Map(desired);
  for (const { service, destinations } of current) {
    const key = serviceKey(service.id);
    const wanted = desired.get(key);
    if (!wanted || !destinations.some(({ id }) => !wanted.servers.has(serverKey(id)))) continue;
    if (takesClients(wanted)) table.set(key, { ...wanted, settings: settingsWhileDraining(wanted.settings) });
  }
  return table;
}

/** The services of `desired` that have other settings in `table`, made by {@link tableWhileDraining}. */
export function servicesForDraining(desired: DesiredTable, table: DesiredTable): DesiredService[] {
  return [...desired].flatMap(([key, wanted]) =>
    table.get(key)?.settings === wanted.settings ? [] : [wanted],
  );
}

/** The step that gives a service its own settings again when its servers have drained. */
export function stepAfterDraining({ service, settings, place }: DesiredService): Step {
  return { command: { name: 'edit-service', service, settings }, place };
}

/** A step that makes the weight of a server 0, with the settings of its service. */
export interface RefusingStep {
  readonly step: Step;
  readonly settings: ServiceSettings;
}

/**
 * Returns the steps of a plan from `current` to `desired` that take the weight of a server away, so that its clients are refused by
 * the service's scheduler. A service without any other server is left out: it has nobody to serve them.
 */
export function refusingSteps(
  steps: readonly Step[],
  current: readonly ServiceEntry[],
  desired: DesiredTable,
): RefusingStep[] {
  const serving = new Set(
    current.flatMap(({ service, destinations }) =>
      destinations.flatMap(({ id, weight }) => (weight > 0 ? destinationKey(service.id, id) : [])),
    ),
  );
  return steps.flatMap((step) => {
    const { command } = step;
    if (command.name !== 'edit-server' || command.settings.weight > 0) return [];
    const service = desired.get(serviceKey(command.service));
    if (!serving.has(destinationKey(command.service, command.server))) return [];
    if (!service || !refusesByHash(service.settings) || !takesClients(service)) return [];
    return [{ step, settings: service.settings }];
  });
}

function takesClients({ servers }: DesiredService): boolean {
  return [...servers.values()].some(({ settings }) => settings.weight > 0);
}
