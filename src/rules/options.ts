import type { CommandName } from './command.ts';
import type { RuleFault } from './error.ts';

/** What an option's argument is: whether it may be left out, and whether it then stands behind `=` only, as a following word is not it. */
export type Argument = 'required' | 'optional' | 'glued';

/** One way to write a command or an option. */
export interface Spelling {
  /** Without its dashes. */
  readonly long: string;
  readonly short?: string;
  readonly argument?: Argument;
  /** Set when this is a command. */
  readonly command?: CommandName;
  /** The property it gives to the command, where it is no command itself. */
  readonly option?: OptionName;
}

/** A property of a command that options set: the unit of legality. */
interface OptionRow {
  /** As messages call it. */
  readonly name: string;
  /** Commands that must have it. */
  readonly demandedBy?: readonly CommandName[];
  /** Commands that may have it; all, when absent. */
  readonly allowedWith?: readonly CommandName[] | 'any';
  /** Options that cannot stand beside it, in the order in which that is told. */
  readonly excludedBy?: readonly string[];
  /** May be written more than once. */
  readonly repeatable?: true;
  readonly spellings: readonly Omit<Spelling, 'command' | 'option'>[];
}

const services: readonly CommandName[] = ['add-service', 'edit-service'];
const servers: readonly CommandName[] = ['add-server', 'edit-server'];
const list: readonly CommandName[] = ['list'];
const start: readonly CommandName[] = ['start-daemon'];

/** The commands, in the order of the help. */
export const commands = [
  { command: 'add-service', long: 'add-service', short: 'A' },
  { command: 'edit-service', long: 'edit-service', short: 'E' },
  { command: 'delete-service', long: 'delete-service', short: 'D' },
  { command: 'flush', long: 'clear', short: 'C' },
  { command: 'restore', long: 'restore', short: 'R' },
  { command: 'save', long: 'save', short: 'S' },
  { command: 'add-server', long: 'add-server', short: 'a' },
  { command: 'edit-server', long: 'edit-server', short: 'e' },
  { command: 'delete-server', long: 'delete-server', short: 'd' },
  { command: 'list', long: 'list', short: 'L' },
  { command: 'list', long: 'list', short: 'l' },
  { command: 'zero', long: 'zero', short: 'Z' },
  { command: 'set', long: 'set' },
  { command: 'start-daemon', long: 'start-daemon', argument: 'required' },
  { command: 'stop-daemon', long: 'stop-daemon', argument: 'required' },
  { command: 'doctor', long: 'doctor' },
  { command: 'help', long: 'help', short: 'h' },
  { command: 'version', long: 'version', short: 'v' },
] as const satisfies readonly Spelling[];

/**
 * The options. Their order is that in which legality is checked, and so decides which of several faults is told;
 * which command demands and allows which was found by trying every pair with ipvsadm 1.31.
 */
export const options = [
  { name: 'numeric', allowedWith: ['list', 'save'], spellings: [{ long: 'numeric', short: 'n' }] },
  { name: 'connection', allowedWith: list, spellings: [{ long: 'connection', short: 'c' }] },
  {
    name: 'service-address',
    demandedBy: [...services, 'delete-service', ...servers, 'delete-server'],
    allowedWith: ['list', 'zero'],
    excludedBy: ['connection'],
    spellings: [
      { long: 'tcp-service', short: 't', argument: 'required' },
      { long: 'udp-service', short: 'u', argument: 'required' },
      { long: 'sctp-service', argument: 'required' },
      { long: 'fwmark-service', short: 'f', argument: 'required' },
    ],
  },
  {
    name: 'scheduler',
    allowedWith: services,
    spellings: [{ long: 'scheduler', short: 's', argument: 'required' }],
  },
  {
    name: 'persistent',
    allowedWith: services,
    spellings: [{ long: 'persistent', short: 'p', argument: 'optional' }],
  },
  {
    name: 'netmask',
    allowedWith: services,
    spellings: [{ long: 'netmask', short: 'M', argument: 'required' }],
  },
  {
    name: 'real-server',
    demandedBy: [...servers, 'delete-server'],
    spellings: [{ long: 'real-server', short: 'r', argument: 'required' }],
  },
  {
    name: 'forwarding-method',
    allowedWith: servers,
    spellings: [
      { long: 'gatewaying', short: 'g' },
      { long: 'ipip', short: 'i' },
      { long: 'masquerading', short: 'm' },
    ],
  },
  { name: 'weight', allowedWith: servers, spellings: [{ long: 'weight', short: 'w', argument: 'required' }] },
  {
    name: 'u-threshold',
    allowedWith: servers,
    spellings: [{ long: 'u-threshold', short: 'x', argument: 'required' }],
  },
  {
    name: 'l-threshold',
    allowedWith: servers,
    spellings: [{ long: 'l-threshold', short: 'y', argument: 'required' }],
  },
  {
    name: 'mcast-interface',
    allowedWith: start,
    spellings: [{ long: 'mcast-interface', argument: 'required' }],
  },
  {
    name: 'timeout',
    allowedWith: list,
    excludedBy: ['connection', 'service-address'],
    spellings: [{ long: 'timeout' }],
  },
  {
    name: 'daemon',
    allowedWith: list,
    excludedBy: ['connection', 'service-address', 'timeout'],
    spellings: [{ long: 'daemon' }],
  },
  { name: 'stats', allowedWith: list, spellings: [{ long: 'stats' }] },
  { name: 'rate', allowedWith: list, spellings: [{ long: 'rate' }] },
  { name: 'thresholds', allowedWith: list, spellings: [{ long: 'thresholds' }] },
  { name: 'persistent-conn', allowedWith: list, spellings: [{ long: 'persistent-conn' }] },
  { name: 'nosort', allowedWith: list, spellings: [{ long: 'nosort' }] },
  {
    name: 'syncid',
    allowedWith: ['list', 'start-daemon', 'stop-daemon'],
    spellings: [{ long: 'syncid', argument: 'required' }],
  },
  { name: 'exact', allowedWith: list, spellings: [{ long: 'exact', short: 'X' }] },
  { name: 'ops', allowedWith: services, spellings: [{ long: 'ops', short: 'o' }] },
  { name: 'pe', allowedWith: services, spellings: [{ long: 'pe', argument: 'required' }] },
  {
    name: 'sched-flags',
    allowedWith: services,
    spellings: [{ long: 'sched-flags', short: 'b', argument: 'required' }],
  },
  { name: 'mcast-group', allowedWith: start, spellings: [{ long: 'mcast-group', argument: 'required' }] },
  { name: 'mcast-port', allowedWith: start, spellings: [{ long: 'mcast-port', argument: 'required' }] },
  { name: 'mcast-ttl', allowedWith: start, spellings: [{ long: 'mcast-ttl', argument: 'required' }] },
  { name: 'sync-maxlen', allowedWith: start, spellings: [{ long: 'sync-maxlen', argument: 'required' }] },
  { name: 'tun-info', allowedWith: list, spellings: [{ long: 'tun-info' }] },
  { name: 'tun-type', allowedWith: servers, spellings: [{ long: 'tun-type', argument: 'required' }] },
  { name: 'tun-port', allowedWith: servers, spellings: [{ long: 'tun-port', argument: 'required' }] },
  { name: 'tun-nocsum', allowedWith: servers, spellings: [{ long: 'tun-nocsum' }] },
  { name: 'tun-csum', allowedWith: servers, spellings: [{ long: 'tun-csum' }] },
  { name: 'tun-remcsum', allowedWith: servers, spellings: [{ long: 'tun-remcsum' }] },
  { name: 'ipv6', allowedWith: 'any', repeatable: true, spellings: [{ long: 'ipv6', short: '6' }] },
  { name: 'sort', allowedWith: 'any', repeatable: true, spellings: [{ long: 'sort' }] },
  { name: 'sync', allowedWith: ['restore'], spellings: [{ long: 'sync' }] },
  { name: 'check', allowedWith: ['restore'], spellings: [{ long: 'check' }] },
  { name: 'dry-run', allowedWith: ['restore'], spellings: [{ long: 'dry-run' }] },
  { name: 'exit-code', allowedWith: ['restore'], spellings: [{ long: 'exit-code' }] },
  { name: 'wait', allowedWith: ['restore'], spellings: [{ long: 'wait', argument: 'glued' }] },
  {
    name: 'drain',
    allowedWith: ['restore', 'delete-server'],
    spellings: [{ long: 'drain', argument: 'glued' }],
  },
  { name: 'keep', allowedWith: ['restore', 'delete-server'], spellings: [{ long: 'keep' }] },
  { name: 'json', allowedWith: ['list', 'restore'], spellings: [{ long: 'json' }] },
  { name: 'table', allowedWith: list, spellings: [{ long: 'table' }] },
  { name: 'watch', allowedWith: list, spellings: [{ long: 'watch', argument: 'glued' }] },
  { name: 'color', allowedWith: list, spellings: [{ long: 'color', argument: 'glued' }] },
  { name: 'prometheus', allowedWith: list, spellings: [{ long: 'prometheus' }] },
  { name: 'output', allowedWith: list, spellings: [{ long: 'output', argument: 'required' }] },
  { name: 'top', allowedWith: list, spellings: [{ long: 'top', argument: 'glued' }] },
] as const satisfies readonly OptionRow[];

/** Names of options, as messages call them. */
export type OptionName = (typeof options)[number]['name'];

/** Long names of options and commands: what tells one spelling from another. */
export type LongName =
  | (typeof options)[number]['spellings'][number]['long']
  | (typeof commands)[number]['long'];

/** The option table with its types widened, for walking over it. */
export const optionRows: readonly (Omit<OptionRow, 'excludedBy'> & {
  readonly name: OptionName;
  readonly excludedBy?: readonly OptionName[];
})[] = options;

/** All spellings, of commands first. */
export function allSpellings(): readonly Spelling[] {
  const ofOptions = optionRows.flatMap(({ name, spellings }) =>
    spellings.map((spelling) => ({ ...spelling, option: name })),
  );
  return [...commands, ...ofOptions];
}

/** The option or command with that long name. */
export function spellingOfWord(long: string): Spelling | undefined {
  return findOnce(byLong, long, (spelling) => spelling.long === long);
}

/** The option or command with that letter. */
export function spellingOfLetter(letter: string): Spelling | undefined {
  return findOnce(byLetter, letter, (spelling) => spelling.short === letter);
}

/** What has been looked for: a command has few words, and making an index of all would take longer than it does else. */
const byLong = new Map<string, Spelling>();
const byLetter = new Map<string, Spelling>();

function findOnce(
  found: Map<string, Spelling>,
  text: string,
  isMeant: (spelling: Spelling) => boolean,
): Spelling | undefined {
  const spelling = found.get(text) ?? findSpelling(isMeant);
  if (spelling) found.set(text, spelling);
  return spelling;
}

function findSpelling(isMeant: (spelling: Spelling) => boolean): Spelling | undefined {
  for (const spelling of commands) if (isMeant(spelling)) return spelling;
  for (const { name, spellings } of optionRows) {
    for (const spelling of spellings) if (isMeant(spelling)) return { ...spelling, option: name };
  }
  return undefined;
}

/** Whether an option may stand more than once on a command line. */
export function isRepeatable(option: OptionName): boolean {
  return optionRows.some(({ name, repeatable }) => name === option && repeatable);
}

/**
 * The first fault in the set of options that a command was given: one that it lacks or must not have, or two that
 * cannot stand together. `undefined` when the set is legal.
 */
export function illegality(command: CommandName, given: ReadonlySet<OptionName>): RuleFault | undefined {
  for (const row of optionRows) {
    const fault = given.has(row.name) || row.demandedBy ? faultOf(row, command, given) : undefined;
    if (fault) return fault;
  }
  return undefined;
}

/** What is wrong with an option's being given, or not, to a command beside the others. */
function faultOf(
  { name, demandedBy, allowedWith, excludedBy }: (typeof optionRows)[number],
  command: CommandName,
  given: ReadonlySet<OptionName>,
): RuleFault | undefined {
  const demanded = demandedBy?.includes(command) ?? false;
  if (!given.has(name)) return demanded ? { code: 'missing-option', option: name, command } : undefined;
  const allowed = demanded || allowedWith === 'any' || (allowedWith?.includes(command) ?? false);
  if (!allowed) return { code: 'illegal-option', option: name, command };
  for (const other of excludedBy ?? []) {
    if (given.has(other)) return { code: 'list-options-conflict', option: name, other };
  }
  return undefined;
}
