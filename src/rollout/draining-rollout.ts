import { destinationKey, serviceKey } from '../ipvs/model.ts';
import type { DirectorState } from '../ipvs/state.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { DrainOptions } from '../rules/command.ts';
import type { DesiredService, DesiredState } from '../rules/desired.ts';
import {
  servicesForDraining,
  servicesWithFallback,
  stepAfterDraining,
  tableWhileDraining,
} from '../rules/draining.ts';
import type { Plan, Step } from '../rules/step.ts';
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

/** A rollout that drains the servers that it removes. `Planned` is a plan, or nothing where a guard may refuse it. */
export interface DrainingRollout<Planned> {
  /** The plan, in which schedulers that would refuse clients meanwhile have a fallback; absent where a guard refuses it. */
  readonly plan: Planned;
  /** Drains the servers of these removals; see `ApplyOptions`. */
  readonly beforeRemovals: (removals: readonly Step[]) => Promise<readonly Step[]>;
  /** Whether somebody wanted it to end early. */
  readonly isInterrupted: () => boolean;
}

/** Options of {@link drainingRollout}. */
export interface DrainingOptions<Planned> {
  readonly drain: DrainOptions;
  /** Plans how `original` becomes a state; gives nothing where a guard refuses that, and says so. */
  readonly planTo: (state: DesiredState) => Planned;
  /** Drains servers. */
  readonly drainServers: (servers: readonly Drained[]) => Promise<DrainOutcome>;
  /** Called with services that have a fallback from now on, while servers of them drain. */
  readonly onFallback?: (services: readonly DesiredService[]) => void;
  /** Called with services that keep it, as servers of weight 0 stay. */
  readonly onFallbackStays?: (services: readonly DesiredService[]) => void;
}

/** Prepares a rollout from `original`, the state that the kernel has, to `desired`. */
export function drainingRollout<Planned extends Plan | undefined>(
  original: DirectorState,
  desired: DesiredState,
  { drain, planTo, drainServers, onFallback, onFallbackStays }: DrainingOptions<Planned>,
): DrainingRollout<Planned> {
  const gentle = isWaiting(drain) ? tableWhileDraining(original.table, desired.table) : desired.table;
  const spared = servicesForDraining(desired.table, gentle);
  let interrupted = false;
  return {
    plan: planTo({ ...desired, table: gentle }),
    isInterrupted: () => interrupted,
    beforeRemovals: async (removals) => {
      const known = new Set(servicesWithFallback(original.table).map(serviceKey));
      onFallback?.(spared.filter(({ service }) => !known.has(serviceKey(service))));
      const servers = removals.flatMap((step) => serversOf(step, original.table));
      const outcome = await drainServers(servers);
      interrupted = outcome.interrupted;
      const free = new Set(outcome.removable.map(keyOf));
      const needing = new Set(
        servers.filter((server) => !free.has(keyOf(server))).map(({ service }) => serviceKey(service)),
      );
      const needs = ({ service }: Pick<Drained, 'service'>) => needing.has(serviceKey(service));
      onFallbackStays?.(spared.filter(needs));
      return [
        ...removals.filter((step) => serversOf(step, original.table).every((one) => free.has(keyOf(one)))),
        ...spared.filter((service) => !needs(service)).map(stepAfterDraining),
      ];
    },
  };
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
