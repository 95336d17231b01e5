import type { CommandName } from '../command.ts';
import { type CommandSpelling, commands } from './commands.ts';
import { daemonRows } from './daemon.ts';
import { doctorRows } from './doctor.ts';
import { idleRows, listRows } from './list.ts';
import { drainRows, ownershipRows, restoreRows } from './restore.ts';
import type { OptionRow, OptionSpelling } from './row.ts';
import { serverIdRows, serverSettingRows } from './server.ts';
import { serviceIdRows, serviceSettingRows } from './service.ts';

const groups = [
  ...serviceIdRows,
  ...serviceSettingRows,
  ...serverIdRows,
  ...serverSettingRows,
  ...listRows,
  ...restoreRows,
  ...ownershipRows,
  ...drainRows,
  ...daemonRows,
  ...doctorRows,
  ...idleRows,
] as const;

/** Names of options, as messages call them. */
export type OptionName = (typeof groups)[number]['name'];

/** Long names of options and commands: unique, and so the key of a spelling. */
export type LongName =
  | (typeof groups)[number]['spellings'][number]['long']
  | (typeof commands)[number]['long'];

/** A row whose references to other rows are held against the names there are. */
type TableRow = Omit<OptionRow, 'conflictsWith' | 'needs'> & {
  readonly name: OptionName;
  readonly conflictsWith?: readonly OptionName[];
  readonly needs?: Partial<Readonly<Record<CommandName, OptionName>>>;
};

const rows: readonly TableRow[] = groups;

/**
 * Options of ipvsadm 1.31 in the order in which it checks whether they go together, which decides which of several faults it
 * names: found by trying every pair. Options of this program alone come behind them, in the order of their groups.
 */
const referenceOrder: readonly OptionName[] = [
  ...(['numeric', 'connection', 'service-address', 'scheduler', 'persistent', 'netmask'] as const),
  ...(['real-server', 'forwarding-method', 'weight', 'u-threshold', 'l-threshold'] as const),
  ...(['mcast-interface', 'timeout', 'daemon', 'stats', 'rate', 'thresholds'] as const),
  ...(['persistent-conn', 'nosort', 'syncid', 'exact', 'ops', 'pe', 'sched-flags'] as const),
  ...(['mcast-group', 'mcast-port', 'mcast-ttl', 'sync-maxlen', 'tun-info', 'tun-type'] as const),
  ...(['tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum', 'ipv6', 'sort'] as const),
];

/** The option table, in the order in which legality is checked. */
export const optionRows: readonly TableRow[] = [
  ...referenceOrder.flatMap((name) => rows.filter((row) => row.name === name)),
  ...rows.filter(({ name }) => !referenceOrder.includes(name)),
];

/** A spelling of an option, with the option's row. */
export interface FoundOption {
  readonly kind: 'option';
  readonly row: TableRow;
  readonly spelling: OptionSpelling;
}

/** A spelling of a command. */
export interface FoundCommand {
  readonly kind: 'command';
  readonly spelling: CommandSpelling;
}

/** A spelling of the table, and whether a command or an option is spelled so. */
export type Found = FoundCommand | FoundOption;

/** One way to write a command or an option. */
export type Spelling = Found['spelling'];

/** All spellings, commands first. */
export function allSpellings(): readonly Found[] {
  return [
    ...commands.map((spelling): Found => ({ kind: 'command', spelling })),
    ...optionRows.flatMap((row) =>
      row.spellings.map((spelling): Found => ({ kind: 'option', row, spelling })),
    ),
  ];
}

/** The command or option with that long name. */
export function findLong(long: string): Found | undefined {
  return find((spelling) => spelling.long === long);
}

/** The command or option with that letter. */
export function findLetter(letter: string): Found | undefined {
  return find((spelling) => spelling.short === letter);
}

// A search instead of an index of all spellings: most command lines have three options.
function find(isMeant: (spelling: Spelling) => boolean): Found | undefined {
  for (const spelling of commands) if (isMeant(spelling)) return { kind: 'command', spelling };
  for (const row of optionRows) {
    const spelling = row.spellings.find(isMeant);
    if (spelling) return { kind: 'option', row, spelling };
  }
  return undefined;
}
