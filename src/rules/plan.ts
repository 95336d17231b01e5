import { familyOf, serverKey } from '../ipvs/model.ts';
import { destinationSchema } from '../ipvs/schema/destination.ts';
import { serviceSchema } from '../ipvs/schema/service.ts';
import type { DirectorState } from '../ipvs/state.ts';
import { planDaemons } from './daemons.ts';
import {
  type DesiredServer,
  type DesiredService,
  type DesiredState,
  type DesiredTable,
  toDesiredTable,
  withWeights,
} from './desired.ts';
import { findViolation, GuardError, type Guards } from './guards.ts';
import type { Owns } from './ownership.ts';
import type { Plan, PlanScope, Step } from './step.ts';
import { planTimeouts } from './timeouts.ts';

/**
 * Options of {@link plan}.
 *
 * @example
 * const options: PlanOptions = { keepWeights: true, guards: { minServers: { count: 1 } } };
 * const todo = plan(current, desired, options);
 */
export interface PlanOptions extends PlanScope {
  /** Conditions under which the plan is refused; absent: none. */
  readonly guards?: Guards | undefined;
}

/**
 * Computes the fewest commands that converge the kernel's state to `desired`. Objects that are already right are not touched,
 * and objects with other settings are edited in place, which preserves counters and connections; only daemons must be
 * restarted.
 *
 * @throws {GuardError} if `guards` refuse the plan.
 *
 * @example
 * const todo = plan(await readState(ipvs), desiredState(rules));
 * console.log(formatRules(commandsOfPlan(todo)));
 */
export function plan(current: DirectorState, desired: DesiredState, options: PlanOptions = {}): Plan {
  return planFrom(presentState(current), desired, options);
}

/** The state of a director, without its counters. */
export interface PresentState extends Omit<DirectorState, 'table'> {
  readonly table: DesiredTable;
}

/** Returns the state of a director without its counters. */
export function presentState(state: DirectorState): PresentState {
  return { ...state, table: toDesiredTable(state.table) };
}

/** Computes a {@link plan} from a state without counters. */
export function planFrom(
  current: PresentState,
  desired: DesiredState,
  { guards, ...scope }: PlanOptions = {},
): Plan {
  const present = owned(current.table, scope.owns);
  const ours = owned(desired.table, scope.owns);
  const wanted = targetTable(ours, present, scope);
  const { additions, removals } = planTable(present, wanted);
  const timeouts = planTimeouts(current.timeouts, desired.timeouts);
  const { stops, starts } = planDaemons(current.daemons, desired.daemons ?? new Map());
  const early = [...stops, ...additions, ...timeouts];
  const planned = hasMixedFamilies(current.table)
    ? { additions: early, removals: [...removals, ...starts], scope }
    : { additions: [...early, ...starts], removals, scope };
  const hasNoServiceRules = wanted.size === 0 && !desired.tableRules;
  const violation = guards && findViolation(present, wanted, guards, hasNoServiceRules);
  if (violation) throw new GuardError(violation, planned);
  return planned;
}

/** Returns the table that a plan leads to: where it keeps weights, servers that are present keep theirs. */
export function targetTable(
  desired: DesiredTable,
  present: DesiredTable,
  { keepWeights }: PlanScope,
): DesiredTable {
  return keepWeights ? withWeights(desired, present, (_, weight) => weight) : desired;
}

/** Returns the services of a table that are ours. */
function owned(table: DesiredTable, owns: Owns | undefined): DesiredTable {
  return owns ? new Map([...table].filter(([, { service }]) => owns(service))) : table;
}

/**
 * Whether a service has a server of the other address family. The kernel then starts no daemon, and accepts no such server
 * while a daemon runs (`ip_vs_genl_new_daemon` and `ip_vs_genl_set_cmd`, net/netfilter/ipvs/ip_vs_ctl.c).
 */
function hasMixedFamilies(table: DesiredTable): boolean {
  return [...table.values()].some(({ service, servers }) =>
    [...servers.values()].some(({ server }) => server.address.family !== familyOf(service)),
  );
}

function planTable(
  present: DesiredTable,
  desired: DesiredTable,
): { readonly additions: readonly Step[]; readonly removals: readonly Step[] } {
  const additions: Step[] = [];
  const removals: Step[] = [];
  for (const [key, wanted] of desired) {
    const known = present.get(key);
    additions.push(...serviceSteps(known, wanted), ...serverAdditions(known, wanted));
    if (known) removals.push(...serverRemovals(known, wanted));
  }
  for (const [key, { service }] of present) {
    if (!desired.has(key)) removals.push({ command: { name: 'delete-service', service }, place: undefined });
  }
  return { additions, removals };
}

function serviceSteps(
  known: DesiredService | undefined,
  { service, settings, place }: DesiredService,
): Step[] {
  if (!known) return [{ command: { name: 'add-service', service, settings }, place }];
  return serviceSchema.isSame(known.settings, settings)
    ? []
    : [{ command: { name: 'edit-service', service, settings }, place }];
}

function serverAdditions(known: DesiredService | undefined, { service, servers }: DesiredService): Step[] {
  const steps: Step[] = [];
  for (const { server, settings, place } of known
    ? acceptingServersFirst(servers.values())
    : servers.values()) {
    const present = known?.servers.get(serverKey(server));
    if (present && destinationSchema.isSame(present.settings, settings)) continue;
    const name = present ? 'edit-server' : 'add-server';
    steps.push({ command: { name, service, server, settings }, place });
  }
  return steps;
}

/** Orders servers of weight 0 last, so that a service always has a server accepting connections while its servers change. */
function acceptingServersFirst(servers: Iterable<DesiredServer>): DesiredServer[] {
  const rank = ({ settings }: DesiredServer) => (settings.weight === 0 ? 1 : 0);
  return [...servers].sort((a, b) => rank(a) - rank(b));
}

function serverRemovals(known: DesiredService, { service, servers }: DesiredService): Step[] {
  return [...known.servers.values()]
    .filter(({ server }) => !servers.has(serverKey(server)))
    .map(({ server }) => ({ command: { name: 'delete-server', service, server }, place: undefined }));
}
