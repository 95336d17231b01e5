import type { Ipvs } from '../ipvs/client.ts';
import { destinationKey, familyOf, serviceKey } from '../ipvs/model.ts';
import { type DirectorState, readState } from '../ipvs/state.ts';
import type { DrainOptions } from '../rules/command.ts';
import type { DesiredService, DesiredState, DesiredTable } from '../rules/desired.ts';
import {
  servicesForDraining,
  servicesWithFallback,
  stepAfterDraining,
  tableWhileDraining,
} from '../rules/draining.ts';
import { type PlanOptions, plan, presentState, targetTable } from '../rules/plan.ts';
import type { Plan, Step } from '../rules/step.ts';
import { apply, type FailedPlan } from './apply.ts';
import type { DrainTarget } from './drain.ts';
import { serversRemovedBy } from './removed-servers.ts';

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
  /** The step that the kernel refused, if any, and what the rollback could not restore. */
  readonly failed: FailedPlan | undefined;
  /** Starts of daemons that have to wait until servers that stay, drained, are removed. */
  readonly postponed: readonly Step[];
  /** Whether draining was stopped early: nothing was removed then, and no daemon started. */
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
  const { table: present } = presentState(original);
  const target = targetTable(desired.table, present, options);
  const tableWithFallback = isDraining ? tableWhileDraining(original.table, target) : target;
  const planned = plan(original, { ...desired, table: tableWithFallback }, options);
  const withFallback = servicesForDraining(target, tableWithFallback);
  let isInterrupted = false;
  let postponed: readonly Step[] = [];
  const drainFirst = async (
    removals: readonly Step[],
    { drainServers, onFallback, onFallbackStays }: Draining,
  ) => {
    const known = new Set(servicesWithFallback(original.table).map(serviceKey));
    onFallback?.(withFallback.filter(({ service }) => !known.has(serviceKey(service))));
    const outcome = await drainServers(removals.flatMap((step) => serversRemovedBy(step, present)));
    const next = afterDraining(removals, present, withFallback, outcome);
    onFallbackStays?.(next.keepingFallback);
    isInterrupted = outcome.interrupted;
    postponed = next.postponed;
    return next.steps;
  };
  const failed = await apply(
    ipvs,
    original,
    planned,
    draining && { beforeRemovals: (removals) => drainFirst(removals, draining) },
  );
  return { original, planned, failed, postponed, isInterrupted };
}

/** Steps that follow the draining of servers. */
interface AfterDraining {
  /** Removals, starts of daemons, and the ends of fallbacks. */
  readonly steps: readonly Step[];
  readonly postponed: readonly Step[];
  /** Services that keep their fallback, as servers of theirs stay with weight 0. */
  readonly keepingFallback: readonly DesiredService[];
}

function afterDraining(
  removals: readonly Step[],
  table: DesiredTable,
  withFallback: readonly DesiredService[],
  { removable, interrupted }: DrainOutcome,
): AfterDraining {
  const free = new Set(removable.map(keyOf));
  const staying = removals
    .flatMap((step) => serversRemovedBy(step, table))
    .filter((server) => !free.has(keyOf(server)));
  const needing = new Set(staying.map(({ service }) => serviceKey(service)));
  const keepingFallback = withFallback.filter(({ service }) => needing.has(serviceKey(service)));
  if (interrupted) return { steps: [], postponed: [], keepingFallback };
  const postponed = staying.some(isOfOtherFamily) ? removals.filter(isDaemonStart) : [];
  const possible = removals.filter(
    (step) => !postponed.includes(step) && serversRemovedBy(step, table).every((one) => free.has(keyOf(one))),
  );
  const ends = withFallback.filter((service) => !keepingFallback.includes(service)).map(stepAfterDraining);
  return { steps: [...possible, ...ends], postponed, keepingFallback };
}

function keyOf({ service, server }: DrainTarget): string {
  return destinationKey(service, server);
}

function isDaemonStart({ command }: Step): boolean {
  return command.name === 'start-daemon';
}

/** Whether a server has another address family than its service; the kernel starts no daemon while it has such a server. */
function isOfOtherFamily({ service, server }: DrainTarget): boolean {
  return server.address.family !== familyOf(service);
}
