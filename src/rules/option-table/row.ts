import type { Address } from '../../ipvs/address.ts';
import type { DestinationSettings, ServiceId, SyncDaemon, Tunnel } from '../../ipvs/model.ts';
import type { TransportProtocol } from '../../ipvs/protocol.ts';
import { visible } from '../../platform/visible.ts';
import type { CommandName, DoctorOptions, ListOptions, RestoreOptions } from '../command.ts';
import { RuleError } from '../error.ts';
import type { NameLookup } from '../names.ts';
import type { ServicePattern } from '../ownership.ts';
import { parseNumber, parseTimeout } from '../values.ts';

type Mutable<T> = { -readonly [Field in keyof T]?: T[Field] };

/** Option values of a command line, before it is checked whether the options go together. */
export interface OptionValues {
  service?: ServiceId;
  server?: { readonly address: Address; readonly port: number | undefined };
  /** Settings of a real server. */
  readonly settings: Mutable<Omit<DestinationSettings, 'tunnel'>>;
  readonly tunnel: Mutable<Tunnel>;
  scheduler?: string;
  /** Names of scheduler flags, as written: they are checked against the scheduler at the end. */
  schedulerFlags?: string;
  /** Seconds. */
  persistence?: number;
  netmask?: number;
  persistenceEngine?: string;
  readonly daemon: Mutable<SyncDaemon>;
  readonly ownership: { only?: ServicePattern[]; except?: ServicePattern[] };
  readonly list: Mutable<ListOptions>;
  readonly restore: Mutable<RestoreOptions>;
  readonly doctor: Mutable<DoctorOptions>;
  /** Seconds. */
  drain?: number;
}

/** Returns the values of a command line without options. */
export function noValues(): OptionValues {
  return { settings: {}, tunnel: {}, daemon: {}, ownership: {}, list: {}, restore: {}, doctor: {} };
}

/** Context for reading an option: facts about the whole command line, so that options may come in any order. */
export interface ReadContext {
  readonly service: ServiceId | undefined;
  readonly byFwmark: boolean;
  readonly names: NameLookup;
}

interface BaseSpelling {
  /** Without its dashes. */
  readonly long: string;
  readonly short?: string;
  /** One line for `--help`. */
  readonly help: string;
  /** The line for `ipvsadm-restore --help`, if it differs. */
  readonly restoreHelp?: string;
  /** Set if the argument is the address of a service: the protocol of that service. */
  readonly protocol?: TransportProtocol;
}

/** An option without an argument. */
interface FlagSpelling extends BaseSpelling {
  readonly argument?: undefined;
  readonly label?: undefined;
  /** Absent if the presence of the row's name among the given options is all there is to know. */
  readonly read?: (values: OptionValues, text: undefined, context: ReadContext) => void;
}

/** An option that requires an argument: after `=` or as the next word. */
interface RequiredSpelling extends BaseSpelling {
  readonly argument: 'required';
  /** Name of the argument in help. */
  readonly label: string;
  /** Reads the argument into `values`. Throws {@link RuleError} if it is illegal. */
  readonly read: (values: OptionValues, text: string, context: ReadContext) => void;
}

/**
 * An option whose argument may be left out. `optional` takes the next word unless that begins with a dash, as popt(3) does;
 * `inline` takes an argument only after `=`.
 */
interface OptionalSpelling extends BaseSpelling {
  readonly argument: 'optional' | 'inline';
  readonly label: string;
  /** The words that the argument can be, for the completion, where the label does not list them. */
  readonly choices?: readonly string[];
  readonly read: (values: OptionValues, text: string | undefined, context: ReadContext) => void;
}

/** A spelling of an option: its name, help and reader. */
export type OptionSpelling = FlagSpelling | RequiredSpelling | OptionalSpelling;

/** Kind of an option's argument, if it has one. */
export type Argument = NonNullable<OptionSpelling['argument']>;

/** Section of `--help` that lists an option. */
export type OptionGroup = 'service' | 'serviceSettings' | 'server' | 'list' | 'restore' | 'daemon' | 'doctor';

/** Facts about an option that do not depend on its spelling. */
interface RowFacts {
  readonly group: OptionGroup;
  /** Commands that require it. */
  readonly requiredBy?: readonly CommandName[];
  /** Commands that accept it, besides those that require it. */
  readonly allowedWith?: readonly CommandName[] | 'any';
  /** Options that cannot be combined with it, in the order in which messages name them. */
  readonly conflictsWith?: readonly string[];
  /** By command: another option without which it has no meaning. */
  readonly needs?: Partial<Readonly<Record<CommandName, string>>>;
  /** May be written more than once. */
  readonly repeatable?: true;
}

/** An option with several spellings, and its name in messages. */
interface RowOfMany<Spelling> extends RowFacts {
  readonly name: string;
  readonly long?: undefined;
  readonly argument?: undefined;
  readonly spellings: readonly Spelling[];
}

/** A row of the option table: with several spellings, or with one whose long name is the option's name. */
type RowOf<Spelling> = RowOfMany<Spelling> | (RowFacts & Spelling & { readonly spellings?: undefined });

/** A property of a command that options set: a row of the option table, and the unit of legality checks. */
export type OptionRow = RowOf<OptionSpelling>;

/** Returns the spellings of a row. */
export function spellingsOf<Spelling>(row: RowOf<Spelling>): readonly Spelling[] {
  return row.spellings ?? [row];
}

/**
 * A spelling's value in a command: `true` or the argument if the command has the option, a list of arguments if the option is
 * repeatable, `false` or `undefined` if the command does not have it.
 */
export type Written = boolean | string | number | Address | readonly string[] | undefined;

/** A row whose spellings can be written back from `Source`, a part of a command. */
export type WritableRow<Source> = RowOf<OptionSpelling & { readonly write: (source: Source) => Written }>;

/** Returns the command-line words that the rows write for `source`, in the order of the rows. */
export function writeOptions<Source>(rows: readonly WritableRow<Source>[], source: Source): string[] {
  const words: string[] = [];
  for (const row of rows) {
    for (const spelling of spellingsOf(row)) words.push(...wordsOf(spelling, spelling.write(source)));
  }
  return words;
}

function wordsOf(spelling: OptionSpelling, value: Written): string[] {
  if (isList(value)) return value.flatMap((one) => wordsOf(spelling, one));
  if (value === undefined || value === false) return [];
  const option = optionWord(spelling);
  if (value === true) return [option];
  return spelling.argument === 'inline' ? [`${option}=${value}`] : [option, String(value)];
}

/** Returns the command-line word for an option or command: its letter if it has one. */
export function optionWord({ short, long }: Pick<BaseSpelling, 'short' | 'long'>): string {
  return short ? `-${short}` : `--${long}`;
}

/** Whether a value is a list; `Array.isArray` does not narrow to a read-only array. */
function isList(value: Written): value is readonly string[] {
  return Array.isArray(value);
}

/** A message about an illegal value, possibly quoting it: ipvsadm 1.31's own words for its options. */
type Sentence = string | ((text: string) => string);

/** Returns `value`. If it is undefined, throws {@link RuleError} about the text that it was read from. */
export function orIllegal<T>(value: T | undefined, text: string, sentence: Sentence): T {
  if (value !== undefined) return value;
  const words = typeof sentence === 'string' ? sentence : sentence(visible(text));
  throw new RuleError({ code: 'illegal-value', value: text, sentence: words });
}

/** Reads a decimal number from `min` to `max`. @throws {RuleError} if the text is not one. */
export function readNumber(text: string, min: number, max: number, sentence: Sentence): number {
  return orIllegal(parseNumber(text, min, max), text, sentence);
}

/** Reads a timeout in seconds. @throws {RuleError} if the text is not one. */
export function readTimeout(text: string, min: 0 | 1): number {
  return orIllegal(parseTimeout(text, min), text, (value) => `invalid timeout value \`${value}' specified`);
}

/** Reads one of `words`. @throws {RuleError} if the text is not one of them. */
export function readWord<Word extends string>(
  text: string,
  words: readonly Word[],
  sentence: Sentence,
): Word {
  const known = words.find((word) => word === text);
  return orIllegal(known, text, sentence);
}
