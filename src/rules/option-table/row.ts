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

/** Values that the options of a command line gave, before it is known whether the options go together. */
export interface OptionValues {
  service?: ServiceId;
  server?: { readonly address: Address; readonly port: number | undefined };
  /** Settings of a real server. */
  readonly settings: Mutable<Omit<DestinationSettings, 'tunnel'>>;
  readonly tunnel: Mutable<Tunnel>;
  scheduler?: string;
  /** Names of scheduler flags, as written: whether they fit the scheduler is known at the end. */
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

/** Values of a command line without options. */
export function noValues(): OptionValues {
  return { settings: {}, tunnel: {}, daemon: {}, ownership: {}, list: {}, restore: {}, doctor: {} };
}

/** Facts about the whole command line that reading one option needs, so that options may come in any order. */
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
  /** The line for `ipvsadm-restore --help`, where that is another one. */
  readonly restoreHelp?: string;
  /** Set where its argument is the address of a service: that service's protocol. */
  readonly protocol?: TransportProtocol;
}

/** An option without an argument. */
interface FlagSpelling extends BaseSpelling {
  readonly argument?: undefined;
  readonly label?: undefined;
  /** Absent where the row's name among the given options says all. */
  readonly read?: (values: OptionValues, text: undefined, context: ReadContext) => void;
}

/** An option whose argument must be there: behind `=` or as the following word. */
interface RequiredSpelling extends BaseSpelling {
  readonly argument: 'required';
  /** Name of the argument in help. */
  readonly label: string;
  /** Reads the argument into `values`. Throws {@link RuleError} where it is illegal. */
  readonly read: (values: OptionValues, text: string, context: ReadContext) => void;
}

/**
 * An option whose argument may be left out: `optional` takes the following word unless that begins with a dash, as popt(3)
 * does; `inline` stands behind `=` only.
 */
interface OptionalSpelling extends BaseSpelling {
  readonly argument: 'optional' | 'inline';
  readonly label: string;
  readonly read: (values: OptionValues, text: string | undefined, context: ReadContext) => void;
}

/** One way to write an option: how it is spelled, explained and read. */
export type OptionSpelling = FlagSpelling | RequiredSpelling | OptionalSpelling;

/** Kind of an option's argument, where it has one. */
export type Argument = NonNullable<OptionSpelling['argument']>;

/** Section of `--help` in which an option stands. */
export type OptionGroup = 'service' | 'serviceSettings' | 'server' | 'list' | 'restore' | 'daemon' | 'doctor';

/** Facts of an option, however it is spelled. */
interface RowFacts {
  readonly group: OptionGroup;
  /** Commands that must have it. */
  readonly demandedBy?: readonly CommandName[];
  /** Commands that may have it, beside those that must. */
  readonly allowedWith?: readonly CommandName[] | 'any';
  /** Options that cannot stand beside it, in the order in which messages name them. */
  readonly conflictsWith?: readonly string[];
  /** The option without which it means nothing, by command. */
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

/** A row of spellings: several, or one, whose long name is the option's. */
type RowOf<Spelling> = RowOfMany<Spelling> | (RowFacts & Spelling & { readonly spellings?: undefined });

/** A property of a command that options set: one row of the option table, and the unit of legality. */
export type OptionRow = RowOf<OptionSpelling>;

/** The spellings of a row. */
export function spellingsOf<Spelling>(row: RowOf<Spelling>): readonly Spelling[] {
  return row.spellings ?? [row];
}

/**
 * A spelling's value in a command: `true` or the argument where the command has the option, a list of arguments where it may
 * have it more than once, `false` or `undefined` where it has not.
 */
export type Written = boolean | string | number | Address | readonly string[] | undefined;

/** A row whose spellings write themselves back from a part `Source` of a command. */
export type WritableRow<Source> = RowOf<OptionSpelling & { readonly write: (source: Source) => Written }>;

/** The words of a command line that the rows write for `source`, in the order of the rows. */
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

/** The word of a command line that gives an option or a command: its letter, where it has one. */
export function optionWord({ short, long }: Pick<BaseSpelling, 'short' | 'long'>): string {
  return short ? `-${short}` : `--${long}`;
}

/** Whether a value is a list; `Array.isArray` does not tell that of a list that is read only. */
function isList(value: Written): value is readonly string[] {
  return Array.isArray(value);
}

/** Sentence about an illegal value, perhaps with the value in it: the reference's own words about its options. */
type Sentence = string | ((text: string) => string);

/** Returns `value`. Where there is none, throws {@link RuleError} about the text that it was read from. */
export function orIllegal<T>(value: T | undefined, text: string, sentence: Sentence): T {
  if (value !== undefined) return value;
  const words = typeof sentence === 'string' ? sentence : sentence(visible(text));
  throw new RuleError({ code: 'illegal-value', value: text, sentence: words });
}

/** Reads a decimal number from `least` to `most`. @throws {RuleError} where it is none. */
export function readNumber(text: string, least: number, most: number, sentence: Sentence): number {
  return orIllegal(parseNumber(text, least, most), text, sentence);
}

/** Reads a timeout in seconds. @throws {RuleError} where it is none. */
export function readTimeout(text: string, least: 0 | 1): number {
  return orIllegal(parseTimeout(text, least), text, (value) => `invalid timeout value \`${value}' specified`);
}

/** Reads one of `words`. @throws {RuleError} where it is another one. */
export function readWord<Word extends string>(
  text: string,
  words: readonly Word[],
  sentence: Sentence,
): Word {
  const known = words.find((word) => word === text);
  return orIllegal(known, text, sentence);
}
