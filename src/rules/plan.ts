import { familyOf, serverKey } from '../ipvs/model.ts';
import { destinationSchema } from '../ipvs/schema/destination.ts';
import { serviceSchema } from '../ipvs/schema/service.ts';
import type { DirectorState } from '../ipvs/state.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Command } from './command.ts';
import { planDaemons } from './daemons.ts';
import {
  type DesiredServer,
  type DesiredService,
  type DesiredState,
  type DesiredTable,
  desireOf,
} from './desired.ts';
import type { Place } from './rule.ts';
import { planTimeouts } from './timeouts.ts';

/** A command that brings the director nearer to what it shall be, and the rule that asks for it, where one does. */
export interface Step {
  readonly command: Command;
  readonly place: Place | undefined;
}

/** How to make one state of a director out of another. */
export interface Plan {
  /** What is added and changed: comes first. */
  readonly additions: readonly Step[];
  /** What is taken away: comes last, so that no service that stays lacks a server meanwhile. */
  readonly removals: readonly Step[];
}

/**
 * The fewest commands that make `desired` out of what the kernel has. What is right already is not touched, and what is
 * there with other settings is edited in place, so that counters and connections go on; only daemons have to be started anew.
 *
 * @example
 * const todo = plan(await readState(ipvs), desiredState(rules));
 * console.log(formatRules(commandsOfPlan(todo)));
 */
export function plan(current: DirectorState, desired: DesiredState): Plan {
  const { additions, removals } = planTable(current.table, desired.table);
  const timeouts = planTimeouts(current.timeouts, desired.timeouts);
  const { stops, starts } = planDaemons(current.daemons, desired.daemons ?? new Map());
  const early = [...stops, ...additions, ...timeouts];
  return hasMixedFamilies(current.table)
    ? { additions: early, removals: [...removals, ...starts] }
    : { additions: [...early, ...starts], removals };
}

/**
 * Whether a service has a server of the other family. The kernel lets no daemon start then, and takes no such server while
 * one runs (`ip_vs_genl_new_daemon` and `ip_vs_genl_set_cmd`, net/netfilter/ipvs/ip_vs_ctl.c).
 */
function hasMixedFamilies(table: readonly ServiceEntry[]): boolean {
  return table.some(({ service, destinations }) =>
    destinations.some(({ id }) => id.address.family !== familyOf(service.id)),
  );
}

function planTable(current: readonly ServiceEntry[], desired: DesiredTable): Plan {
  const present = desireOf(current);
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

/** All commands of a plan, in order. */
export function commandsOfPlan({ additions, removals }: Plan): Command[] {
  return [...additions, ...removals].map(({ command }) => command);
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
  for (const { server, settings, place } of known ? takersFirst(servers.values()) : servers.values()) {
    const present = known?.servers.get(serverKey(server));
    if (present && destinationSchema.isSame(present.settings, settings)) continue;
    const name = present ? 'edit-server' : 'add-server';
    steps.push({ command: { name, service, server, settings }, place });
  }
  return steps;
}

/** Servers of weight 0 last: so a service whose servers change always has one that takes connections. */
function takersFirst(servers: Iterable<DesiredServer>): DesiredServer[] {
  const rank = ({ settings }: DesiredServer) => (settings.weight === 0 ? 1 : 0);
  return [...servers].sort((a, b) => rank(a) - rank(b));
}

function serverRemovals(known: DesiredService, { service, servers }: DesiredService): Step[] {
  return [...known.servers.values()]
    .filter(({ server }) => !servers.has(serverKey(server)))
    .map(({ server }) => ({ command: { name: 'delete-server', service, server }, place: undefined }));
}
