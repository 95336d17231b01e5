import type { DestinationId, DestinationSettings, ServiceId, ServiceSettings } from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Command } from './command.ts';
import { RuleError } from './error.ts';
import type { BadRule, Place, Rule } from './rule-file.ts';
import { commandsOf } from './table.ts';

/** A virtual service as it shall be. */
export interface DesiredService {
  readonly service: ServiceId;
  readonly settings: ServiceSettings;
  /** By {@link serverKey}. */
  readonly servers: ReadonlyMap<string, DesiredServer>;
  /** The place that says so. */
  readonly place: Place;
}

/** A real server as it shall be. */
export interface DesiredServer {
  readonly server: DestinationId;
  readonly settings: DestinationSettings;
  readonly place: Place;
}

/** A table as it shall be, by {@link serviceKey}. */
export type DesiredTable = ReadonlyMap<string, DesiredService>;

/** Tells services apart as the kernel does. */
export function serviceKey(id: ServiceId): string {
  return id.kind === 'fwmark' ? `${id.family} ${id.fwmark}` : `${id.protocol} ${id.address} ${id.port}`;
}

/** Tells the servers of a service apart as the kernel does. */
export function serverKey({ address, port }: DestinationId): string {
  return `${address} ${port}`;
}

/** What a rule file asks for. */
export interface Desired {
  /** The table that running the rules on an empty one gives. */
  readonly table: DesiredTable;
  /** Rules that are not about the table, in order. */
  readonly others: readonly Rule[];
  /** Rules that the kernel would refuse then. */
  readonly contradictions: readonly BadRule[];
}

interface OpenService extends DesiredService {
  readonly servers: Map<string, DesiredServer>;
}

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;

/**
 * The table that `rules` make out of an empty one, as the kernel would run them.
 *
 * @example
 * const { table, contradictions } = desiredTable(parseRules(text).rules);
 * for (const { place, error } of contradictions) console.error(place, error.fault);
 */
export function desiredTable(rules: Iterable<Rule>): Desired {
  const table = new Map<string, OpenService>();
  const others: Rule[] = [];
  const contradictions: BadRule[] = [];
  for (const rule of rules) {
    const outcome = apply(table, rule);
    if (outcome === 'other') others.push(rule);
    else if (outcome) {
      const error = new RuleError({ code: 'contradiction', command: rule.command.name, errno: outcome });
      contradictions.push({ place: rule.place, text: '', error });
    }
  }
  return { table, others, contradictions };
}

/** The table that the kernel has, as one that shall be. */
export function desireOf(entries: readonly ServiceEntry[]): DesiredTable {
  return desiredTable(entries.flatMap(commandsOf).map((command) => ({ place: 0, command }))).table;
}

/** Does to `table` what the kernel would do; gives the errno with which it would refuse. */
function apply(table: Map<string, OpenService>, { command, place }: Rule): 'other' | number | undefined {
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
