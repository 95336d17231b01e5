import { displayWidth, lengthWithin } from '../display-width.ts';
import type { Column } from './columns.ts';

/** The columns that fit into a width, and the width of each. */
export interface Layout {
  /** Width of the names of services and servers. */
  readonly name: number;
  readonly columns: readonly Column[];
  /** Widths of `columns`, in their order. */
  readonly widths: readonly number[];
}

/** Widths at which nothing is wrapped. */
export interface NaturalWidths {
  /** Width of the longest server's name. */
  name: number;
  /** Width of the longest service's name, which may extend over some columns. */
  title: number;
  readonly cells: Map<Column, number>;
}

/** Number of blanks between two columns. */
export const gap = 2;

/** The heading above the names. */
export const nameTitle = 'Service and servers';

/** Returns the natural widths of columns without rows. */
export function naturalWidthsOf(columns: readonly Column[]): NaturalWidths {
  return {
    name: nameTitle.length,
    title: 0,
    cells: new Map(columns.map((column) => [column, column.title.length])),
  };
}

/** Usual length of a service's name with its scheduler. */
const typicalTitle = 32;
/** Limit of the width for services' names: a longer one would move all numbers too far from the names of the servers. */
const maxTitle = 60;

/** Width that a name in two lines needs beyond half its length: the second line's indent and the rest of an address group. */
const halving = 4;

/**
 * Returns the minimum width of names, for which columns are dropped if necessary: 20 columns, enough for most IPv4 endpoints,
 * or three tenths of the room, or up to four tenths if two lines are enough then. A service name of usual length that cannot
 * extend over other columns also gets up to four tenths.
 */
function minNameWidth(columns: readonly Column[], natural: NaturalWidths, room: number): number {
  const covered = sumOf(columns.slice(0, coveredBy(columns)), natural);
  const half = Math.ceil(natural.name / 2) + halving;
  const wanted = Math.max(20, Math.floor(room * 0.3), half <= room * 0.4 ? half : 0);
  return Math.max(
    Math.min(natural.name, wanted),
    Math.min(Math.min(natural.title, typicalTitle) - covered, Math.floor(room * 0.4)),
  );
}

function sumOf(columns: readonly Column[], natural: NaturalWidths): number {
  return columns.reduce((sum, column) => sum + gap + minWidth(column, natural), 0);
}

/**
 * Fits columns into a width: drops columns of high rank, then wraps names into several lines. Spare width goes to the names of
 * services first, if it suffices for the longest, then to the bar. Without a width, all columns get their natural widths.
 */
export function fitColumns(
  columns: readonly Column[],
  natural: NaturalWidths,
  width: number | undefined,
): Layout {
  const room = width ?? Number.POSITIVE_INFINITY;
  let chosen = columns;
  for (let rank = highestRank(chosen); rank > 0 && minTotalWidth(chosen, natural, room) > room; rank--) {
    chosen = chosen.filter((column) => column.rank < rank);
  }
  // A bar repeats the number beside it, and is not worth a second line for each name.
  const plain = chosen.filter(({ elastic }) => !elastic);
  if (natural.name + sumOf(plain, natural) <= room && natural.name + sumOf(chosen, natural) > room)
    chosen = plain;
  const minWidths = chosen.map((column) => minWidth(column, natural));
  const sum = (widths: readonly number[]) => widths.reduce((total, width) => total + gap + width, 0);
  const name = Math.max(8, Math.min(natural.name, room - sum(minWidths)));
  let spare = room - sum(minWidths) - name;
  const title = width === undefined ? natural.title : Math.min(natural.title, maxTitle);
  const missing = Math.max(0, title - sum(minWidths.slice(0, coveredBy(chosen))) - name);
  const kept = missing <= spare ? missing : 0;
  const widths = chosen.map((column, index) => {
    const width = minWidths[index] ?? 0;
    const more = column.elastic ? Math.max(0, Math.min(column.elastic.max - width, spare - kept)) : 0;
    spare -= more;
    return width + more;
  });
  return { name: name + Math.max(0, Math.min(missing, spare)), columns: chosen, widths };
}

function highestRank(columns: readonly Column[]): number {
  return Math.max(0, ...columns.map(({ rank }) => rank));
}

function minTotalWidth(columns: readonly Column[], natural: NaturalWidths, room: number): number {
  return minNameWidth(columns, natural, room) + sumOf(columns, natural);
}

function minWidth(column: Column, natural: NaturalWidths): number {
  return column.elastic?.min ?? natural.cells.get(column) ?? column.title.length;
}

/** Returns the number of columns that a service's name extends over, and the width of the name with them. */
export function titleSpan({ name, columns, widths }: Layout): {
  readonly columns: number;
  readonly width: number;
} {
  const covered = coveredBy(columns);
  return {
    columns: covered,
    width: widths.slice(0, covered).reduce((sum, width) => sum + gap + width, name),
  };
}

function coveredBy(columns: readonly Column[]): number {
  const first = columns.findIndex((column) => column.service);
  return first < 0 ? columns.length : first;
}

/** Returns the width of a line of the layout. */
export function totalWidth({ name, widths }: Layout): number {
  return widths.reduce((sum, width) => sum + gap + width, name);
}

const unbreakable = '\u00a0';

/** Returns words joined by blanks at which {@link wrap} does not break, as long as the words fit into one line. */
export function nonBreaking(words: string): string {
  return words.replaceAll(' ', unbreakable);
}

/** Columns of the widest character. */
const widestCharacter = 2;

/**
 * Wraps a text at blanks, and overlong words at colons or anywhere; `indent` begins every line but the first. Lines are
 * longer than `width` if it has no room for a character after the indent.
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(width, displayWidth(indent) + widestCharacter);
  return cut(text, room, indent).map((line) => line.replaceAll(unbreakable, ' '));
}

function cut(text: string, width: number, indent: string): string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let rest = text;
  while (displayWidth(rest) > width) {
    const at = breakBefore(rest, width);
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Returns the index at which to break a text: at a blank, or after a colon if that fills the line better. */
function breakBefore(text: string, columns: number): number {
  const width = lengthWithin(text, columns);
  const start = text.length - text.trimStart().length;
  const lastBlank = text.lastIndexOf(' ', width);
  const blank = lastBlank > start ? lastBlank : 0;
  if (blank > width / 2) return blank;
  const colon = text.lastIndexOf(':', width - 1) + 1;
  // The port of an IPv6 endpoint would not be recognisable alone in a line.
  const earlier = text[colon - 2] === ']' ? text.lastIndexOf(':', colon - 2) + 1 : 0;
  if (earlier > width / 2) return earlier;
  if (colon > width / 2) return colon;
  return blank || width;
}
