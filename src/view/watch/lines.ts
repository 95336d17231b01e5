import type { Info } from '../../ipvs/model.ts';
import type { Look } from '../pretty/look.ts';
import type { Chosen, Watched } from './choice.ts';
import type { WatchState } from './state.ts';

/** What the first line tells besides what is shown. */
export interface Status {
  /** Absent when one service is watched. */
  readonly info: Info | undefined;
  /** Seconds between two looks. */
  readonly interval: number;
  /** When the kernel was last looked at. */
  readonly time: Date;
  /** What went wrong then. */
  readonly trouble: string | undefined;
}

/** The first line: what there is on the left, how it is watched on the right. */
export function statusLine(
  status: Status & { readonly shown: readonly Chosen[]; readonly all: readonly Watched[] },
  { paused }: WatchState,
  { paint }: Look,
  width: number,
): string {
  const left = status.trouble ?? leftText(status);
  const time = status.time.toTimeString().slice(0, 8);
  const right = paused ? `paused at ${time}` : `every ${status.interval} s  ${time}`;
  const room = width - right.length - 2;
  const clipped = left.slice(0, Math.max(0, room));
  const painted = status.trouble ? paint.failing(clipped) : paint.note(clipped);
  const blanks = ' '.repeat(Math.max(0, width - clipped.length - right.length));
  return painted + blanks + (paused ? paint.full(right) : paint.note(right));
}

function leftText(status: {
  readonly info: Info | undefined;
  readonly shown: readonly Chosen[];
  readonly all: readonly Watched[];
}): string {
  const { info, shown, all } = status;
  const servers = all.reduce((sum, one) => sum + one.servers.length, 0);
  const shownServers = shown.reduce((sum, one) => sum + one.shown.length, 0);
  const text = `${partOf(shown.length, all.length, 'service')}, ${partOf(shownServers, servers, 'server')}`;
  if (!info) return text;
  const { major, minor, patch } = info.version;
  return `IP Virtual Server ${major}.${minor}.${patch}: ${text}`;
}

function partOf(shown: number, all: number, what: string): string {
  const many = `${all} ${what}${all === 1 ? '' : 's'}`;
  return shown === all ? many : `${shown} of ${many}`;
}

/** The last line: the keys, or what is typed. */
export function bottomLine(
  { sort, filter, prompt, paused }: WatchState,
  { lines, height, scroll }: { lines: number; height: number; scroll: number },
  { paint, glyphs }: Look,
  width: number,
): { text: string; cursor: number | undefined } {
  if (prompt !== undefined) {
    const label = 'Show only: ';
    const room = Math.max(1, width - label.length - 1);
    const typed = prompt.length > room ? glyphs.ellipsis + prompt.slice(1 - room) : prompt;
    return { text: label + typed, cursor: label.length + typed.length + 1 };
  }
  const keys = [
    'q quit',
    `s sort (${sort ?? 'address'})`,
    filter ? `/ only ${filter}, Esc all` : '/ filter',
    paused ? 'space go on' : 'space pause',
  ].join('   ');
  const last = Math.min(scroll + height, lines);
  const place = lines > height ? `${scroll + 1}-${last} of ${lines}` : '';
  const room = Math.max(0, width - place.length - (place ? 2 : 0));
  const clipped = keys.length > room ? keys.slice(0, Math.max(0, room - 1)) + glyphs.ellipsis : keys;
  const text = place ? clipped.padEnd(width - place.length) + place : clipped;
  return { text: paint.note(text), cursor: undefined };
}
