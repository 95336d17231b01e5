import type { CommandName } from '../command.ts';
import { type CommandSpelling, commands } from './commands.ts';
import { daemonRows } from './daemon.ts';
import { doctorRows } from './doctor.ts';
import { idleRows, listRows } from './list.ts';
import { drainRows, ownershipRows, restoreRows } from './restore.ts';
import { type OptionRow, type OptionSpelling, spellingsOf } from './row.ts';
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

type NameOf<R> = R extends { readonly name: infer Name extends string }
  ? Name
  : R extends { readonly long: infer Long extends string }
    ? Long
    : never;

/** Names of options, as messages call them. */
export type OptionName = NameOf<(typeof groups)[number]>;

/** A row as all code but the table's own files sees it, its references to other rows held against the names there are. */
interface TableRow extends Required<Pick<OptionRow, 'group' | 'demandedBy' | 'allowedWith'>> {
  readonly name: OptionName;
  readonly conflictsWith: readonly OptionName[];
  readonly needs: Partial<Readonly<Record<CommandName, OptionName>>>;
  readonly repeatable: boolean;
  readonly spellings: readonly OptionSpelling[];
}

type References = Partial<Pick<TableRow, 'conflictsWith' | 'needs'>>;

// Every run of ipvsadm begins with what follows: in loops, since the executable's runtime compiles each method of arrays anew.

const none: readonly never[] = [];
const nothing = {};
const rows = new Map<OptionName, TableRow>();
for (const row of groups as readonly (OptionRow & References & (typeof groups)[number])[]) {
  const name = 'name' in row ? row.name : row.long;
  if (rows.has(name)) throw new TypeError(`two options are called ${name}`);
  // Of one shape, whose fields engines find much faster than those of objects of many shapes.
  rows.set(name, {
    name,
    group: row.group,
    demandedBy: row.demandedBy ?? none,
    allowedWith: row.allowedWith ?? none,
    conflictsWith: row.conflictsWith ?? none,
    needs: row.needs ?? nothing,
    repeatable: row.repeatable ?? false,
    spellings: spellingsOf<OptionSpelling>(row),
  });
}

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

const inOrder: TableRow[] = [];
for (const name of referenceOrder) {
  const row = rows.get(name);
  if (!row) continue;
  inOrder.push(row);
  rows.delete(name);
}
for (const row of rows.values()) inOrder.push(row);

/** The option table, in the order in which legality is checked. */
export const optionRows: readonly TableRow[] = inOrder;

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

const spellings: Found[] = [];
for (const spelling of commands) spellings.push({ kind: 'command', spelling });
for (const row of optionRows) {
  for (const spelling of row.spellings) spellings.push({ kind: 'option', row, spelling });
}

/** All spellings, commands first. */
export const allSpellings: readonly Found[] = spellings;

/** Spellings by long name, and by letter. Of two that share one, the first counts. */
const byName = new Map<string, Found>();
for (const found of spellings) {
  const { long, short = long } = found.spelling;
  for (const name of [long, short]) if (!byName.has(name)) byName.set(name, found);
}

/** The command or option with that long name. */
export function findLong(long: string): Found | undefined {
  return long.length > 1 ? byName.get(long) : undefined;
}

/** The command or option with that letter. */
export function findLetter(letter: string): Found | undefined {
  return byName.get(letter);
}
