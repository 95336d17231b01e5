import { type Info, versionText } from '../../ipvs/model.ts';
import { counted } from '../../rules/counted.ts';
import { displayWidth, endWithin, lengthWithin } from '../display-width.ts';
import type { Theme } from '../framed-table/theme.ts';
import type { SelectedService, WatchedService } from './selection.ts';
import type { WatchState } from './state.ts';

/** Contents of the first line besides the numbers of services and servers. */
export interface Status {
  /** Facts about IPVS in the kernel; absent if a single service is watched. */
  readonly info: Info | undefined;
  /** Seconds between readings. */
  readonly interval: number;
  /** Time of the last reading. */
  readonly time: Date;
  /** Error message if the last reading failed. */
  readonly error: string | undefined;
}

/** Status with all services, and those that are shown. */
type StatusOfServices = Status & {
  readonly shown: readonly SelectedService[];
  readonly all: readonly WatchedService[];
};

/** Returns the first line: numbers of services and servers on the left, interval and time on the right. */
export function statusLine(
  status: StatusOfServices,
  { paused }: WatchState,
  { paint, glyphs }: Theme,
  width: number,
): string {
  const { left, right } = fitting(leftTexts(status), rightTexts(status, paused), width - 2);
  const room = Math.max(0, width - right.length - 2);
  const clipped = clip(left, room, glyphs);
  const painted = status.error ? paint.failing(clipped) : paint.note(clipped);
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(clipped) - right.length));
  return painted + blanks + (paused ? paint.full(right) : paint.note(right));
}

/**
 * Chooses one of `lefts` and one of `rights`, each ordered from long to short: the first pair that fits into `room`, trying
 * shorter left texts first; otherwise the shortest of both.
 */
function fitting(
  lefts: readonly string[],
  rights: readonly string[],
  room: number,
): { readonly left: string; readonly right: string } {
  const pairs = rights.flatMap((right) => lefts.map((left) => ({ left, right })));
  const fits = pairs.find(({ left, right }) => displayWidth(left) + right.length <= room);
  return fits ?? { left: lefts.at(-1) ?? '', right: rights.at(-1) ?? '' };
}

function clip(text: string, width: number, { ellipsis }: Theme['glyphs']): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(ellipsis);
  const start = room > 0 ? text.slice(0, lengthWithin(text, room)).trimEnd() : '';
  return room < 0 ? '' : start + ellipsis;
}

function rightTexts({ interval, time }: Status, paused: boolean): readonly string[] {
  const clock = time.toTimeString().slice(0, 8);
  return paused ? [`paused at ${clock}`, 'paused'] : [`every ${interval} s  ${clock}`, clock];
}

function leftTexts({ error, info, shown, all }: StatusOfServices): readonly string[] {
  if (error) return [error];
  const servers = all.reduce((sum, one) => sum + one.servers.length, 0);
  const shownServers = shown.reduce((sum, one) => sum + one.shown.length, 0);
  const text = `${partOf(shown.length, all.length, 'service')}, ${partOf(shownServers, servers, 'server')}`;
  if (!info) return [text];
  return [`IP Virtual Server ${versionText(info)}: ${text}`, text];
}

function partOf(shown: number, all: number, what: string): string {
  const many = counted(all, what);
  return shown === all ? many : `${shown} of ${many}`;
}

/** Returns the last line: help on keys, or the filter being typed. */
export function bottomLine(
  { sort, filter, prompt, paused }: WatchState,
  { lines, height, scroll }: { lines: number; height: number; scroll: number },
  { paint, glyphs }: Theme,
  width: number,
): { text: string; cursor: number | undefined } {
  if (prompt !== undefined) {
    const label = 'Filter: ';
    const room = Math.max(1, width - label.length - 1);
    const isShort = displayWidth(prompt) <= room;
    const typed = isShort
      ? prompt
      : glyphs.ellipsis + endWithin(prompt, room - displayWidth(glyphs.ellipsis));
    return { text: label + typed, cursor: label.length + displayWidth(typed) + 1 };
  }
  const last = Math.min(scroll + height, lines);
  const place = lines > height ? `${scroll + 1}-${last} of ${lines}` : '';
  const room = Math.max(0, width - place.length - (place ? 2 : 0));
  const keys = keyLine({ sort, filter, paused }, glyphs, room);
  const text = place
    ? keys + ' '.repeat(Math.max(0, width - displayWidth(keys) - place.length)) + place
    : keys;
  return { text: paint.note(text), cursor: undefined };
}

/** Returns the help on keys; abbreviated if there is little room, and without the last keys if there is even less. */
function keyLine(
  { sort, filter, paused }: Pick<WatchState, 'sort' | 'filter' | 'paused'>,
  glyphs: Theme['glyphs'],
  room: number,
): string {
  const others = [
    filter ? `/ only ${filter}, Esc clear` : '/ filter',
    paused ? 'space resume' : 'space pause',
  ];
  const long = ['q quit', `s sort (${sort ?? 'address'})`, ...others].join('   ');
  if (displayWidth(long) <= room) return long;
  const short = ['q quit', 's sort', ...others];
  const first = (count: number) => [...short.slice(0, count), glyphs.ellipsis].join('  ');
  const texts = [short.join('  '), first(3), first(2), first(1)];
  return texts.find((text) => displayWidth(text) <= room) ?? clip('q quit', room, glyphs);
}
