import type { CommandName } from './command.ts';
import type { RuleFault } from './error.ts';

/** How an option's argument is called in help, and whether it may be left out. */
export interface Argument {
  readonly label: string;
  readonly optional?: true;
  /** Stands behind `=` only: a following word is not it. */
  readonly glued?: true;
}

/** One way to write a command or an option. */
export interface Spelling {
  /** Without its dashes. */
  readonly long: string;
  readonly short?: string;
  readonly argument?: Argument;
  /** What help says of it. */
  readonly help: string;
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
  { command: 'add-service', long: 'add-service', short: 'A', help: 'add a virtual service' },
  { command: 'edit-service', long: 'edit-service', short: 'E', help: 'change a virtual service' },
  {
    command: 'delete-service',
    long: 'delete-service',
    short: 'D',
    help: 'remove a virtual service with its servers',
  },
  { command: 'flush', long: 'clear', short: 'C', help: 'remove all virtual services' },
  { command: 'restore', long: 'restore', short: 'R', help: 'run the commands on standard input' },
  { command: 'save', long: 'save', short: 'S', help: 'print the table as input for --restore' },
  { command: 'add-server', long: 'add-server', short: 'a', help: 'add a real server to a service' },
  { command: 'edit-server', long: 'edit-server', short: 'e', help: 'change a real server' },
  { command: 'delete-server', long: 'delete-server', short: 'd', help: 'remove a real server' },
  { command: 'list', long: 'list', short: 'L', help: 'print the table, or what an option selects' },
  { command: 'list', long: 'list', short: 'l', help: 'the same' },
  { command: 'zero', long: 'zero', short: 'Z', help: 'reset the counters of one service or of all' },
  { command: 'set', long: 'set', help: 'timeouts TCP TCPFIN UDP in seconds; 0: keep' },
  {
    command: 'start-daemon',
    long: 'start-daemon',
    argument: { label: 'master|backup' },
    help: 'start sending or receiving connections',
  },
  {
    command: 'stop-daemon',
    long: 'stop-daemon',
    argument: { label: 'master|backup' },
    help: 'stop that',
  },
  { command: 'doctor', long: 'doctor', help: 'say what keeps the services from working' },
  { command: 'help', long: 'help', short: 'h', help: 'print this help' },
  { command: 'version', long: 'version', short: 'v', help: 'print the version' },
] as const satisfies readonly Spelling[];

/**
 * The options. Their order is that in which legality is checked, and so decides which of several faults is told;
 * which command demands and allows which was found by trying every pair with ipvsadm 1.31.
 */
export const options = [
  {
    name: 'numeric',
    allowedWith: ['list', 'save'],
    spellings: [{ long: 'numeric', short: 'n', help: 'addresses and ports as numbers' }],
  },
  {
    name: 'connection',
    allowedWith: list,
    spellings: [{ long: 'connection', short: 'c', help: 'the connections' }],
  },
  {
    name: 'service-address',
    demandedBy: [...services, 'delete-service', ...servers, 'delete-server'],
    allowedWith: ['list', 'zero'],
    excludedBy: ['connection'],
    spellings: [
      {
        long: 'tcp-service',
        short: 't',
        argument: { label: 'host[:port]' },
        help: 'TCP service at that address',
      },
      {
        long: 'udp-service',
        short: 'u',
        argument: { label: 'host[:port]' },
        help: 'UDP service at that address',
      },
      { long: 'sctp-service', argument: { label: 'host[:port]' }, help: 'SCTP service at that address' },
      {
        long: 'fwmark-service',
        short: 'f',
        argument: { label: 'mark' },
        help: 'packets with that firewall mark',
      },
    ],
  },
  {
    name: 'scheduler',
    allowedWith: services,
    spellings: [
      { long: 'scheduler', short: 's', argument: { label: 'name' }, help: 'how servers are chosen (wlc)' },
    ],
  },
  {
    name: 'persistent',
    allowedWith: services,
    spellings: [
      {
        long: 'persistent',
        short: 'p',
        argument: { label: 'seconds', optional: true },
        help: 'keep a client on its server that long (360)',
      },
    ],
  },
  {
    name: 'netmask',
    allowedWith: services,
    spellings: [
      {
        long: 'netmask',
        short: 'M',
        argument: { label: 'mask' },
        help: 'clients of one network count as one',
      },
    ],
  },
  {
    name: 'real-server',
    demandedBy: [...servers, 'delete-server'],
    spellings: [
      { long: 'real-server', short: 'r', argument: { label: 'host[:port]' }, help: 'the real server' },
    ],
  },
  {
    name: 'forwarding-method',
    allowedWith: servers,
    spellings: [
      { long: 'gatewaying', short: 'g', help: 'forward by direct routing (the default)' },
      { long: 'ipip', short: 'i', help: 'forward through a tunnel' },
      { long: 'masquerading', short: 'm', help: 'forward by network address translation' },
    ],
  },
  {
    name: 'weight',
    allowedWith: servers,
    spellings: [
      {
        long: 'weight',
        short: 'w',
        argument: { label: 'number' },
        help: 'capacity (1); 0 takes no new ones',
      },
    ],
  },
  {
    name: 'u-threshold',
    allowedWith: servers,
    spellings: [
      {
        long: 'u-threshold',
        short: 'x',
        argument: { label: 'number' },
        help: 'no new connections at this many',
      },
    ],
  },
  {
    name: 'l-threshold',
    allowedWith: servers,
    spellings: [
      {
        long: 'l-threshold',
        short: 'y',
        argument: { label: 'number' },
        help: 'new ones again below this many',
      },
    ],
  },
  {
    name: 'mcast-interface',
    allowedWith: start,
    spellings: [
      {
        long: 'mcast-interface',
        argument: { label: 'interface' },
        help: 'interface that carries them (eth0)',
      },
    ],
  },
  {
    name: 'timeout',
    allowedWith: list,
    excludedBy: ['connection', 'service-address'],
    spellings: [{ long: 'timeout', help: 'the connection timeouts' }],
  },
  {
    name: 'daemon',
    allowedWith: list,
    excludedBy: ['connection', 'service-address', 'timeout'],
    spellings: [{ long: 'daemon', help: 'the synchronisation daemons' }],
  },
  { name: 'stats', allowedWith: list, spellings: [{ long: 'stats', help: 'counters' }] },
  { name: 'rate', allowedWith: list, spellings: [{ long: 'rate', help: 'rates per second' }] },
  {
    name: 'thresholds',
    allowedWith: list,
    spellings: [{ long: 'thresholds', help: 'connection thresholds' }],
  },
  {
    name: 'persistent-conn',
    allowedWith: list,
    spellings: [{ long: 'persistent-conn', help: 'persistent connections; with -c engine data' }],
  },
  {
    name: 'nosort',
    allowedWith: list,
    spellings: [{ long: 'nosort', help: "in the kernel's order" }],
  },
  {
    name: 'syncid',
    allowedWith: ['list', 'start-daemon', 'stop-daemon'],
    spellings: [
      { long: 'syncid', argument: { label: 'number' }, help: 'tells directors of one group apart, 0 to 255' },
    ],
  },
  {
    name: 'exact',
    allowedWith: list,
    spellings: [{ long: 'exact', short: 'X', help: 'counters with all digits' }],
  },
  {
    name: 'ops',
    allowedWith: services,
    spellings: [{ long: 'ops', short: 'o', help: 'schedule every UDP packet by itself' }],
  },
  {
    name: 'pe',
    allowedWith: services,
    spellings: [{ long: 'pe', argument: { label: 'engine' }, help: 'persistence engine (sip)' }],
  },
  {
    name: 'sched-flags',
    allowedWith: services,
    spellings: [
      { long: 'sched-flags', short: 'b', argument: { label: 'flag[,flag]...' }, help: 'scheduler flags' },
    ],
  },
  {
    name: 'mcast-group',
    allowedWith: start,
    spellings: [
      { long: 'mcast-group', argument: { label: 'address' }, help: 'multicast group (224.0.0.81)' },
    ],
  },
  {
    name: 'mcast-port',
    allowedWith: start,
    spellings: [{ long: 'mcast-port', argument: { label: 'port' }, help: 'UDP port (8848)' }],
  },
  {
    name: 'mcast-ttl',
    allowedWith: start,
    spellings: [{ long: 'mcast-ttl', argument: { label: 'number' }, help: 'time to live (1)' }],
  },
  {
    name: 'sync-maxlen',
    allowedWith: start,
    spellings: [{ long: 'sync-maxlen', argument: { label: 'bytes' }, help: 'longest message (1472)' }],
  },
  { name: 'tun-info', allowedWith: list, spellings: [{ long: 'tun-info', help: 'kinds of tunnels' }] },
  {
    name: 'tun-type',
    allowedWith: servers,
    spellings: [{ long: 'tun-type', argument: { label: 'ipip|gue|gre' }, help: 'kind of tunnel (ipip)' }],
  },
  {
    name: 'tun-port',
    allowedWith: servers,
    spellings: [{ long: 'tun-port', argument: { label: 'port' }, help: 'UDP port of a gue tunnel' }],
  },
  {
    name: 'tun-nocsum',
    allowedWith: servers,
    spellings: [{ long: 'tun-nocsum', help: 'without checksum (gue and gre; the default)' }],
  },
  {
    name: 'tun-csum',
    allowedWith: servers,
    spellings: [{ long: 'tun-csum', help: 'with checksum (gue and gre)' }],
  },
  {
    name: 'tun-remcsum',
    allowedWith: servers,
    spellings: [{ long: 'tun-remcsum', help: 'with remote checksum (gue)' }],
  },
  {
    name: 'ipv6',
    allowedWith: 'any',
    repeatable: true,
    spellings: [{ long: 'ipv6', short: '6', help: 'the firewall mark is for IPv6' }],
  },
  {
    name: 'sort',
    allowedWith: 'any',
    repeatable: true,
    spellings: [{ long: 'sort', help: 'no effect; kept for old scripts' }],
  },
  {
    name: 'sync',
    allowedWith: ['restore'],
    spellings: [{ long: 'sync', help: 'make the table equal to the rules' }],
  },
  {
    name: 'check',
    allowedWith: ['restore'],
    spellings: [{ long: 'check', help: 'only say whether the rules are right' }],
  },
  {
    name: 'dry-run',
    allowedWith: ['restore'],
    spellings: [{ long: 'dry-run', help: 'with --sync, only print what would be done' }],
  },
  {
    name: 'exit-code',
    allowedWith: ['restore'],
    spellings: [{ long: 'exit-code', help: 'with --dry-run, 3 tells a difference' }],
  },
  {
    name: 'wait',
    allowedWith: ['restore'],
    spellings: [
      {
        long: 'wait',
        argument: { label: 'seconds', optional: true, glued: true },
        help: 'with --sync, wait for another one to end',
      },
    ],
  },
  {
    name: 'drain',
    allowedWith: ['restore', 'delete-server'],
    spellings: [
      {
        long: 'drain',
        argument: { label: 'seconds', optional: true, glued: true },
        help: 'let connections end first (300)',
      },
    ],
  },
  {
    name: 'keep',
    allowedWith: ['restore', 'delete-server'],
    spellings: [{ long: 'keep', help: 'with --drain, do not remove what did not end' }],
  },
  {
    name: 'json',
    allowedWith: ['list', 'restore'],
    spellings: [{ long: 'json', help: 'as JSON' }],
  },
  {
    name: 'table',
    allowedWith: list,
    spellings: [{ long: 'table', help: 'drawn with frames, bars and colours' }],
  },
  {
    name: 'watch',
    allowedWith: list,
    spellings: [
      {
        long: 'watch',
        argument: { label: 'seconds', optional: true, glued: true },
        help: 'redrawn that often (2), with rates',
      },
    ],
  },
  {
    name: 'color',
    allowedWith: list,
    spellings: [
      {
        long: 'color',
        argument: { label: 'auto|always|never', optional: true, glued: true },
        help: 'with colours (auto)',
      },
    ],
  },
  {
    name: 'prometheus',
    allowedWith: list,
    spellings: [{ long: 'prometheus', help: 'as metrics for Prometheus' }],
  },
  {
    name: 'output',
    allowedWith: list,
    spellings: [{ long: 'output', argument: { label: 'file' }, help: 'put the metrics into that file' }],
  },
  {
    name: 'top',
    allowedWith: list,
    spellings: [
      {
        long: 'top',
        argument: { label: 'number', optional: true, glued: true },
        help: 'with -c, what has the most connections (10)',
      },
    ],
  },
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
  const other = excludedBy?.find((option) => given.has(option));
  return other && { code: 'list-options-conflict', option: name, other };
}
