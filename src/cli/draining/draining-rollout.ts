import type { Ipvs } from '../../ipvs/client.ts';
import { serverKey, serviceKey } from '../../ipvs/model.ts';
import type { DirectorState } from '../../ipvs/state.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';
import type { Drained } from '../../rollout/drain.ts';
import type { DrainOptions } from '../../rules/command.ts';
import type { DesiredState } from '../../rules/desired.ts';
import {
  servicesForDraining,
  servicesWithFallback,
  stepAfterDraining,
  tableWhileDraining,
} from '../../rules/draining.ts';
import type { Plan, Step } from '../../rules/step.ts';
import type { Output } from '../stdio/output.ts';
import { drainServers, isWaiting } from './drain-servers.ts';
import { tellFallback, tellFallbackStays } from './fallback-sentences.ts';

/** A rollout that drains the servers that it removes. */
export interface DrainingRollout {
  /** The plan, in which schedulers that would refuse clients meanwhile have a fallback; absent where a guard refuses it. */
  readonly plan: Plan | undefined;
  /** Drains the servers of these removals; see `ApplyOptions`. */
  readonly beforeRemovals: (removals: readonly Step[]) => Promise<readonly Step[]>;
  /** Whether somebody wanted it to end early. */
  readonly isInterrupted: () => boolean;
}

/** Options of {@link drainingRollout}. */
export interface DrainingOptions {
  readonly drain: DrainOptions;
  /** Plans how `original` becomes a state; gives nothing where a guard refuses that, and says so. */
  readonly planTo: (state: DesiredState) => Plan | undefined;
  readonly err: Output;
}

/** Prepares a rollout from `original`, the state that the kernel has, to `desired`. */
export function drainingRollout(
  ipvs: Ipvs,
  original: DirectorState,
  desired: DesiredState,
  { drain, planTo, err }: DrainingOptions,
): DrainingRollout {
  const gentle = isWaiting(drain) ? tableWhileDraining(original.table, desired.table) : desired.table;
  const spared = servicesForDraining(desired.table, gentle);
  let interrupted = false;
  return {
    plan: planTo({ ...desired, table: gentle }),
    isInterrupted: () => interrupted,
    beforeRemovals: async (removals) => {
      const known = new Set(servicesWithFallback(original.table).map(serviceKey));
      tellFallback(
        spared.filter(({ service }) => !known.has(serviceKey(service))),
        err,
      );
      const servers = removals.flatMap((step) => serversOf(step, original.table));
      const outcome = await drainServers(ipvs, servers, drain, err);
      interrupted = outcome.interrupted;
      const free = new Set(outcome.removable.map(keyOf));
      const needing = new Set(
        servers.filter((server) => !free.has(keyOf(server))).map(({ service }) => serviceKey(service)),
      );
      const needs = ({ service }: Pick<Drained, 'service'>) => needing.has(serviceKey(service));
      tellFallbackStays(spared.filter(needs), err);
      return [
        ...removals.filter((step) => serversOf(step, original.table).every((one) => free.has(keyOf(one)))),
        ...spared.filter((service) => !needs(service)).map(stepAfterDraining),
      ];
    },
  };
}

function keyOf({ service, server }: Drained): string {
  return `${serviceKey(service)} ${serverKey(server)}`;
}

/** The servers that a removal takes away: one, or all of a service. */
function serversOf({ command }: Step, original: readonly ServiceEntry[]): Drained[] {
  if (command.name === 'delete-server') return [{ service: command.service, server: command.server }];
  if (command.name !== 'delete-service') return [];
  const { service } = command;
  const entry = original.find(({ service: { id } }) => serviceKey(id) === serviceKey(service));
  return entry?.destinations.map(({ id }) => ({ service, server: id })) ?? [];
}
