import type { Ipvs } from '../ipvs/client.ts';
import { destinationKey, serviceKey } from '../ipvs/model.ts';
import { type DirectorState, readState } from '../ipvs/state.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { DrainOptions } from '../rules/command.ts';
import type { DesiredService, DesiredState } from '../rules/desired.ts';
import {
  servicesForDraining,
  servicesWithFallback,
  stepAfterDraining,
  tableWhileDraining,
} from '../rules/draining.ts';
import { type PlanOptions, plan } from '../rules/plan.ts';
import type { Plan, Step } from '../rules/step.ts';
import { apply, type RefusedStep } from './apply.ts';
import type { Drained } from './drain.ts';

/** The outcome of draining servers. */
export interface DrainOutcome {
  /** The servers that may be removed now. */
  readonly removable: readonly Drained[];
  /** Somebody wanted it to end early. Then none may. */
  readonly interrupted: boolean;
}

/** Whether servers may stay for a while with weight 0, or go at once. */
export function isWaiting({ seconds, keep }: DrainOptions): boolean {
  return seconds > 0 || keep;
}

/** How {@link converge} drains the servers that it removes. */
export interface Draining {
  readonly drain: DrainOptions;
  /** Drains servers. */
  readonly drainServers: (servers: readonly Drained[]) => Promise<DrainOutcome>;
  /** Called with services that have a fallback from now on, while servers of them drain. */
  readonly onFallback?: (services: readonly DesiredService[]) => void;
  /** Called with services that keep it, as servers of weight 0 stay. */
  readonly onFallbackStays?: (services: readonly DesiredService[]) => void;
}

/** The outcome of {@link converge}. */
export interface Convergence {
  /** The state that the kernel had. */
  readonly original: DirectorState;
  /** The plan, in which schedulers that would refuse clients while servers drain have a fallback. */
  readonly planned: Plan;
  /** The step that the kernel refused; then the former state is restored. */
  readonly refused: RefusedStep | undefined;
  /** Whether somebody wanted draining to end early. */
  readonly isInterrupted: boolean;
}

/**
 * Makes the kernel's state what is desired, wholly or not at all. Takes no lock.
 *
 * @throws {GuardError} as a rejection where guards refuse the plan. Nothing has been done then.
 */
export async function converge(
  ipvs: Ipvs,
  desired: DesiredState,
  options: PlanOptions,
  draining: Draining | undefined,
): Promise<Convergence> {
  const original = await readState(ipvs);
  const isGentle = draining && isWaiting(draining.drain);
  const gentle = isGentle ? tableWhileDraining(original.table, desired.table) : desired.table;
  const planned = plan(original, { ...desired, table: gentle }, options);
  const spared = servicesForDraining(desired.table, gentle);
  let isInterrupted = false;
  const refused = await apply(
    ipvs,
    original,
    planned,
    draining && {
      async beforeRemovals(removals) {
        const known = new Set(servicesWithFallback(original.table).map(serviceKey));
        draining.onFallback?.(spared.filter(({ service }) => !known.has(serviceKey(service))));
        const servers = removals.flatMap((step) => serversOf(step, original.table));
        const outcome = await draining.drainServers(servers);
        isInterrupted = outcome.interrupted;
        const free = new Set(outcome.removable.map(keyOf));
        const needing = new Set(
          servers.filter((server) => !free.has(keyOf(server))).map(({ service }) => serviceKey(service)),
        );
        const needs = ({ service }: Pick<Drained, 'service'>) => needing.has(serviceKey(service));
        draining.onFallbackStays?.(spared.filter(needs));
        return [
          ...removals.filter((step) => serversOf(step, original.table).every((one) => free.has(keyOf(one)))),
          ...spared.filter((service) => !needs(service)).map(stepAfterDraining),
        ];
      },
    },
  );
  return { original, planned, refused, isInterrupted };
}

function keyOf({ service, server }: Drained): string {
  return destinationKey(service, server);
}

/** The servers that a removal takes away: one, or all of a service. */
function serversOf({ command }: Step, original: readonly ServiceEntry[]): Drained[] {
  if (command.name === 'delete-server') return [{ service: command.service, server: command.server }];
  if (command.name !== 'delete-service') return [];
  const { service } = command;
  const entry = original.find(({ service: { id } }) => serviceKey(id) === serviceKey(service));
  return entry?.destinations.map(({ id }) => ({ service, server: id })) ?? [];
}
