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
import type { DrainTarget } from './drain.ts';

/** The outcome of draining servers. */
export interface DrainOutcome {
  /** The servers that may be removed now. */
  readonly removable: readonly DrainTarget[];
  /** Whether draining was stopped early; no server may be removed then. */
  readonly interrupted: boolean;
}

/** Returns whether servers may stay for a while with weight 0, instead of being removed at once. */
export function drainsFirst({ seconds, keep }: DrainOptions): boolean {
  return seconds > 0 || keep;
}

/** Options and callbacks for draining the servers that {@link converge} removes. */
export interface Draining {
  readonly options: DrainOptions;
  /** Drains servers. */
  readonly drainServers: (servers: readonly DrainTarget[]) => Promise<DrainOutcome>;
  /** Called with the services that get a fallback now, while their servers drain. */
  readonly onFallback?: (services: readonly DesiredService[]) => void;
  /** Called with the services that keep their fallback, as servers with weight 0 stay. */
  readonly onFallbackStays?: (services: readonly DesiredService[]) => void;
}

/** The outcome of {@link converge}. */
export interface Convergence {
  /** The kernel's state before the change. */
  readonly original: DirectorState;
  /** The plan, with a fallback for schedulers that would refuse clients while servers drain. */
  readonly planned: Plan;
  /** The step that the kernel refused, if any; the original state has been restored then. */
  readonly refused: RefusedStep | undefined;
  /** Whether draining was stopped early. */
  readonly isInterrupted: boolean;
}

/**
 * Brings the kernel to the desired state, completely or not at all. Takes no lock.
 *
 * @throws {GuardError} as a rejection where guards refuse the plan; nothing has been changed then.
 */
export async function converge(
  ipvs: Ipvs,
  desired: DesiredState,
  options: PlanOptions,
  draining: Draining | undefined,
): Promise<Convergence> {
  const original = await readState(ipvs);
  const isDraining = draining && drainsFirst(draining.options);
  const tableWithFallback = isDraining ? tableWhileDraining(original.table, desired.table) : desired.table;
  const planned = plan(original, { ...desired, table: tableWithFallback }, options);
  const withFallback = servicesForDraining(desired.table, tableWithFallback);
  let isInterrupted = false;
  const refused = await apply(
    ipvs,
    original,
    planned,
    draining && {
      async beforeRemovals(removals) {
        const known = new Set(servicesWithFallback(original.table).map(serviceKey));
        draining.onFallback?.(withFallback.filter(({ service }) => !known.has(serviceKey(service))));
        const servers = removals.flatMap((step) => serversOf(step, original.table));
        const outcome = await draining.drainServers(servers);
        isInterrupted = outcome.interrupted;
        const free = new Set(outcome.removable.map(keyOf));
        const needing = new Set(
          servers.filter((server) => !free.has(keyOf(server))).map(({ service }) => serviceKey(service)),
        );
        const needs = ({ service }: Pick<DrainTarget, 'service'>) => needing.has(serviceKey(service));
        draining.onFallbackStays?.(withFallback.filter(needs));
        return [
          ...removals.filter((step) => serversOf(step, original.table).every((one) => free.has(keyOf(one)))),
          ...withFallback.filter((service) => !needs(service)).map(stepAfterDraining),
        ];
      },
    },
  );
  return { original, planned, refused, isInterrupted };
}

function keyOf({ service, server }: DrainTarget): string {
  return destinationKey(service, server);
}

/** Returns the servers that a step removes: one server, or all servers of a service. */
function serversOf({ command }: Step, original: readonly ServiceEntry[]): DrainTarget[] {
  if (command.name === 'delete-server') return [{ service: command.service, server: command.server }];
  if (command.name !== 'delete-service') return [];
  const { service } = command;
  const entry = original.find(({ service: { id } }) => serviceKey(id) === serviceKey(service));
  return entry?.destinations.map(({ id }) => ({ service, server: id })) ?? [];
}
