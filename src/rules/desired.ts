import {
  type DestinationId,
  type DestinationSettings,
  type ServiceId,
  type ServiceSettings,
  type SyncRole,
  serverKey,
  serviceKey,
} from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import { EEXIST, ENOENT, ESRCH } from '../platform/errno.ts';
import type { Command, CommandName } from './command.ts';
import type { DesiredDaemon, DesiredDaemons } from './daemons.ts';
import { RuleError } from './error.ts';
import { settingsAfterDraining } from './fallback-settings.ts';
import type { RuleFault } from './fault.ts';
import type { Owns } from './ownership.ts';
import { isEveryService } from './request.ts';
import type { BadRule, Place, Rule } from './rule.ts';
import { commandsOf } from './table.ts';
import { type DesiredTimeouts, mergeTimeouts } from './timeouts.ts';

/**
 * A desired virtual service.
 *
 * @example
 * const weightOf = ({ servers }: DesiredService) =>
 *   [...servers.values()].reduce((sum, { settings }) => sum + settings.weight, 0);
 */
export interface DesiredService {
  readonly service: ServiceId;
  readonly settings: ServiceSettings;
  /** Keyed by {@link serverKey}. */
  readonly servers: ReadonlyMap<string, DesiredServer>;
  /** The rule that this state comes from. */
  readonly place: Place;
}

/**
 * A desired real server.
 *
 * @example
 * const isQuiescent = ({ settings }: DesiredServer) => settings.weight === 0;
 */
export interface DesiredServer {
  readonly server: DestinationId;
  readonly settings: DestinationSettings;
  readonly place: Place;
}

/**
 * A desired table, keyed by {@link serviceKey}.
 *
 * @example
 * const serversIn = (table: DesiredTable) => [...table.values()].flatMap(({ servers }) => [...servers.values()]);
 */
export type DesiredTable = ReadonlyMap<string, DesiredService>;

/**
 * The desired state of a director: the parts of a rule file that can be converged.
 *
 * @example
 * const tableOnly = ({ table, tableRules }: DesiredState): DesiredState => ({ table, tableRules });
 */
export interface DesiredState {
  readonly table: DesiredTable;
  /** Number of rules about services and servers. If it is 0, an empty table is most likely a mistake. */
  readonly tableRules?: number | undefined;
  /** Absent if no rule sets timeouts. */
  readonly timeouts?: DesiredTimeouts | undefined;
  /** Absent if no rule mentions sync daemons. */
  readonly daemons?: DesiredDaemons | undefined;
}

/**
 * The meaning of a whole rule file.
 *
 * @example
 * const { table, others, contradictions }: Desired = desiredState(rules);
 */
export interface Desired extends DesiredState {
  readonly tableRules: number;
  /** Rules that print something or zero counters, in order; they run after everything else. */
  readonly others: readonly Rule[];
  /** Rules that the kernel would refuse, and rules about services that are not ours. */
  readonly contradictions: readonly BadRule[];
}

interface OpenService extends DesiredService {
  readonly servers: Map<string, DesiredServer>;
}

/** A desired state under construction. */
interface OpenState {
  readonly table: Map<string, OpenService>;
  timeouts?: DesiredTimeouts;
  readonly daemons: Map<SyncRole, DesiredDaemon>;
}

/**
 * Computes the table that results from running `rules` on an empty one as the kernel would, the timeouts that they set, and the
 * daemons that they start and stop. If `owns` is given, rules about services that are not ours are contradictions. Services
 * that were saved while their servers drained get their own settings instead of the temporary ones.
 *
 * @example
 * const { table, contradictions } = desiredState(rules);
 * for (const { place, error } of contradictions) console.error(place, error.fault);
 */
export function desiredState(rules: Iterable<Rule>, owns?: Owns): Desired {
  const desired = interpret(rules, owns);
  const table = [...desired.table].map(
    ([key, entry]) => [key, { ...entry, settings: settingsAfterDraining(entry.settings) }] as const,
  );
  return { ...desired, table: new Map(table) };
}

/** Converts the kernel's table to a desired table. */
export function toDesiredTable(entries: readonly ServiceEntry[]): DesiredTable {
  return interpret(entries.flatMap(commandsOf).map((command) => ({ place: 0, command }))).table;
}

/**
 * Returns a desired table in which `weightOf` chooses the weight of each server that is present, given its desired weight and
 * its present one.
 */
export function withWeights(
  desired: DesiredTable,
  present: DesiredTable,
  weightOf: (desired: number, present: number) => number,
): DesiredTable {
  const entries = [...desired].map(([key, service]) => {
    const servers = [...service.servers].map(([name, server]) => {
      const known = present.get(key)?.servers.get(name);
      if (!known) return [name, server] as const;
      const weight = weightOf(server.settings.weight, known.settings.weight);
      return [name, { ...server, settings: { ...server.settings, weight } }] as const;
    });
    return [key, { ...service, servers: new Map(servers) }] as const;
  });
  return new Map(entries);
}

/** Computes the state that rules describe. */
function interpret(rules: Iterable<Rule>, owns?: Owns): Desired {
  const state: OpenState = { table: new Map(), daemons: new Map() };
  const others: Rule[] = [];
  const contradictions: BadRule[] = [];
  const refuse = ({ place }: Rule, fault: RuleFault) => {
    contradictions.push({ place, text: '', error: new RuleError(fault) });
  };
  const contradict = (rule: Rule, errno: number) =>
    refuse(rule, { code: 'contradiction', command: rule.command.name, errno });
  let tableRules = 0;
  for (const rule of rules) {
    if (isAboutTable(rule.command)) tableRules++;
    if (owns && !isOurs(rule.command, owns)) {
      refuse(rule, { code: 'not-ours', command: rule.command.name });
      continue;
    }
    const outcome = apply(state, rule);
    if (outcome === 'other') others.push(rule);
    else if (outcome) contradict(rule, outcome);
  }
  for (const rule of others) if (refersToMissingService(rule.command, state.table)) contradict(rule, ESRCH);
  return { ...state, tableRules, others, contradictions };
}

const tableCommands: ReadonlySet<CommandName> = new Set([
  ...(['flush', 'add-service', 'edit-service', 'delete-service'] as const),
  ...(['add-server', 'edit-server', 'delete-server'] as const),
]);

/** Whether a command is about services and servers. */
export function isAboutTable({ name }: Command): boolean {
  return tableCommands.has(name);
}

/** Whether all services that a command changes, or the one it prints, are ours. */
function isOurs(command: Command, owns: Owns): boolean {
  if (command.name === 'zero') {
    return command.service !== undefined && !isEveryService(command.service) && owns(command.service);
  }
  return !('service' in command) || !command.service || owns(command.service);
}

/** Whether a command prints or zeroes a service that will not exist. */
function refersToMissingService(command: Command, table: DesiredTable): boolean {
  if (command.name !== 'zero' && command.name !== 'list') return false;
  const { name, service } = command;
  if (!service || (name === 'zero' && isEveryService(service))) return false;
  return !table.has(serviceKey(service));
}

/** Applies a rule to `state` as the kernel would; returns the errno if the kernel would refuse it. */
function apply(state: OpenState, { command, place }: Rule): 'other' | number | undefined {
  const { table, daemons } = state;
  switch (command.name) {
    case 'flush':
      table.clear();
      return undefined;
    case 'add-service':
    case 'edit-service':
      return applyService(table, command, place);
    case 'delete-service':
      return table.delete(serviceKey(command.service)) ? undefined : ESRCH;
    case 'add-server':
    case 'edit-server':
    case 'delete-server':
      return applyServer(table, command, place);
    case 'set': {
      const timeouts = mergeTimeouts(state.timeouts?.timeouts ?? command.timeouts, command.timeouts);
      state.timeouts = { timeouts, place };
      return undefined;
    }
    case 'start-daemon': {
      const { daemon } = command;
      if (daemons.get(daemon.role)?.daemon) return EEXIST;
      daemons.set(daemon.role, { daemon, place });
      return undefined;
    }
    case 'stop-daemon':
      daemons.set(command.role, { daemon: undefined, place });
      return undefined;
    default:
      return 'other';
  }
}

function applyService(
  table: Map<string, OpenService>,
  { name, service, settings }: Extract<Command, { name: 'add-service' | 'edit-service' }>,
  place: Place,
): number | undefined {
  const key = serviceKey(service);
  const known = table.get(key);
  if (name === 'add-service' && known) return EEXIST;
  if (name === 'edit-service' && !known) return ESRCH;
  table.set(key, { service, settings, servers: known?.servers ?? new Map(), place });
  return undefined;
}

function applyServer(
  table: Map<string, OpenService>,
  command: Extract<Command, { name: 'add-server' | 'edit-server' | 'delete-server' }>,
  place: Place,
): number | undefined {
  const servers = table.get(serviceKey(command.service))?.servers;
  if (!servers) return ESRCH;
  const key = serverKey(command.server);
  if (command.name === 'delete-server') return servers.delete(key) ? undefined : ENOENT;
  if (command.name === 'add-server' && servers.has(key)) return EEXIST;
  if (command.name === 'edit-server' && !servers.has(key)) return ENOENT;
  servers.set(key, { server: command.server, settings: command.settings, place });
  return undefined;
}
