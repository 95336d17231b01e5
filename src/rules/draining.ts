import {
  destinationKey,
  type ServiceId,
  type ServiceSettings,
  serverKey,
  serviceKey,
} from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { DesiredService, DesiredTable } from './desired.ts';
import { isForDraining, settingsWhileDraining } from './fallback-settings.ts';
import { refusesByHash } from './hash-schedulers.ts';
import type { Step } from './step.ts';

/** Returns the services that already have settings for draining because an earlier run left servers with weight 0. */
export function servicesWithFallback(table: readonly ServiceEntry[]): ServiceId[] {
  return table.flatMap(({ service }) => (isForDraining(service) ? [service.id] : []));
}

/**
 * Returns `desired` with settings for draining in every service that loses servers of `current`, the kernel's table. A service
 * left without a server that accepts clients keeps its desired settings.
 */
export function tableWhileDraining(current: readonly ServiceEntry[], desired: DesiredTable): DesiredTable {
  const table = new Map(desired);
  for (const { service, destinations } of current) {
    const key = serviceKey(service.id);
    const wanted = desired.get(key);
    if (!wanted || !destinations.some(({ id }) => !wanted.servers.has(serverKey(id)))) continue;
    if (acceptsClients(wanted))
      table.set(key, { ...wanted, settings: settingsWhileDraining(wanted.settings) });
  }
  return table;
}

/** Returns the services of `desired` whose settings {@link tableWhileDraining} replaced in `table`. */
export function servicesForDraining(desired: DesiredTable, table: DesiredTable): DesiredService[] {
  return [...desired].flatMap(([key, wanted]) =>
    table.get(key)?.settings === wanted.settings ? [] : [wanted],
  );
}

/** Returns the step that restores the desired settings of a service once its servers have drained. */
export function stepAfterDraining({ service, settings, place }: DesiredService): Step {
  return { command: { name: 'edit-service', service, settings }, place };
}

/** A step that sets the weight of a server to 0, with the settings of its service. */
export interface RefusingStep {
  readonly step: Step;
  readonly settings: ServiceSettings;
}

/**
 * Returns the steps of a plan from `current` to `desired` that set the weight of a server to 0 under a scheduler that then
 * refuses the server's clients. Services without another server to accept them are left out.
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
    if (!service || !refusesByHash(service.settings) || !acceptsClients(service)) return [];
    return [{ step, settings: service.settings }];
  });
}

function acceptsClients({ servers }: DesiredService): boolean {
  return [...servers.values()].some(({ settings }) => settings.weight > 0);
}
