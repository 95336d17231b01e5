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

/** Names of options as they appear in messages. */
export type OptionName = NameOf<(typeof groups)[number]>;

/** A row with its defaults filled in, as code outside the table's files sees it; the names it refers to are checked by type. */
interface TableRow extends Required<Pick<OptionRow, 'group' | 'requiredBy' | 'allowedWith'>> {
  readonly name: OptionName;
  readonly conflictsWith: readonly OptionName[];
  readonly needs: Partial<Readonly<Record<CommandName, OptionName>>>;
  readonly repeatable: boolean;
  readonly spellings: readonly OptionSpelling[];
}

type References = Partial<Pick<TableRow, 'conflictsWith' | 'needs'>>;

// Every run of ipvsadm executes the following code. It uses loops, as the executable's runtime compiles each array method anew.

const none: readonly never[] = [];
const nothing = {};
const rows = new Map<OptionName, TableRow>();
for (const row of groups as readonly (OptionRow & References & (typeof groups)[number])[]) {
  const name = 'name' in row ? row.name : row.long;
  if (rows.has(name)) throw new TypeError(`two options are called ${name}`);
  // All rows get the same shape: engines access its fields much faster than those of differently shaped objects.
  rows.set(name, {
    name,
    group: row.group,
    requiredBy: row.requiredBy ?? none,
    allowedWith: row.allowedWith ?? none,
    conflictsWith: row.conflictsWith ?? none,
    needs: row.needs ?? nothing,
    repeatable: row.repeatable ?? false,
    spellings: spellingsOf<OptionSpelling>(row),
  });
}

/**
 * Options of ipvsadm 1.31 in the order in which it checks whether they go together, which decides which of several faults it
 * reports: found by trying every pair. Our own options follow, in the order of their groups.
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

/** The option table, in the order of legality checks. */
export const optionRows: readonly TableRow[] = inOrder;

/** A spelling of an option, with its row. */
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

/** A spelling found in the table: of a command or of an option. */
export type Found = FoundCommand | FoundOption;

/** A spelling of a command or an option. */
export type Spelling = Found['spelling'];

const spellings: Found[] = [];
for (const spelling of commands) spellings.push({ kind: 'command', spelling });
for (const row of optionRows) {
  for (const spelling of row.spellings) spellings.push({ kind: 'option', row, spelling });
}

/** All spellings, commands first. */
export const allSpellings: readonly Found[] = spellings;

/** Spellings by long name and by letter. The first of two with the same name wins. */
const byName = new Map<string, Found>();
for (const found of spellings) {
  const { long, short = long } = found.spelling;
  for (const name of [long, short]) if (!byName.has(name)) byName.set(name, found);
}

/** Returns the command or option with a long name. */
export function findLong(long: string): Found | undefined {
  return long.length > 1 ? byName.get(long) : undefined;
}

/** Returns the command or option with a letter. */
export function findLetter(letter: string): Found | undefined {
  return byName.get(letter);
}
