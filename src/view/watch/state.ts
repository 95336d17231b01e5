import type { Key } from './keys.ts';

/** Choices made at the keyboard. */
export interface WatchState {
  readonly paused: boolean;
  /** Title of the column that services and servers are sorted by; `undefined` sorts them by address. */
  readonly sort: string | undefined;
  /** Filter: only services and servers whose name contains this text are shown; empty shows all. */
  readonly filter: string;
  /** Text typed so far while a filter is being entered; `undefined` otherwise. */
  readonly prompt: string | undefined;
  /** Number of lines of the table above the first one on the screen. */
  readonly scroll: number;
}

/** An action besides drawing the new state. */
export type Action = 'quit' | 'interrupt' | 'suspend' | 'redraw';

/** The state after a key press, and the requested action. */
export interface Reaction {
  readonly state: WatchState;
  readonly action?: Action;
}

/** The part of the screen affected by scrolling and sorting. */
export interface ScrollArea {
  /** Number of table lines on the screen (`height`) and in total (`lines`). */
  readonly height: number;
  readonly lines: number;
  /** Titles of the sortable columns. */
  readonly sortable: readonly string[];
}

/** The initial state of a watch. */
export const initialState: WatchState = {
  paused: false,
  sort: undefined,
  filter: '',
  prompt: undefined,
  scroll: 0,
};

/** Returns the new state and action for a key press. */
export function press(state: WatchState, key: Key, screen: ScrollArea): Reaction {
  if (key === 'interrupt' || key === 'suspend' || key === 'redraw') return { state, action: key };
  if (state.prompt !== undefined) return { state: typing(state, state.prompt, key) };
  if (typeof key === 'object') return pressSign(state, key.sign, screen);
  if (key === 'escape') return { state: { ...state, filter: '', scroll: 0 } };
  return { state: { ...state, scroll: scrolled(state.scroll, key, screen) } };
}

/** Maximum length of a filter in UTF-16 units: no name is longer, and each refresh has to measure a filter that is typed. */
const longestFilter = 300;

function typing(state: WatchState, prompt: string, key: Key): WatchState {
  if (typeof key === 'object') {
    const longer = prompt + key.sign;
    return longer.length > longestFilter ? state : { ...state, prompt: longer };
  }
  switch (key) {
    case 'enter':
      return { ...state, filter: prompt.trim(), prompt: undefined, scroll: 0 };
    case 'escape':
      return { ...state, filter: '', prompt: undefined, scroll: 0 };
    case 'backspace':
      return { ...state, prompt: prompt.replace(/.$/su, '') };
    case 'clear':
      return { ...state, prompt: '' };
    default:
      return state;
  }
}

function pressSign(state: WatchState, sign: string, screen: ScrollArea): Reaction {
  switch (sign) {
    case 'q':
      return { state, action: 'quit' };
    case ' ':
      return { state: { ...state, paused: !state.paused } };
    case '/':
      return { state: { ...state, prompt: state.filter } };
    case 's':
      return { state: { ...state, sort: following(state.sort, screen.sortable), scroll: 0 } };
    case 'j':
      return { state: { ...state, scroll: scrolled(state.scroll, 'down', screen) } };
    case 'k':
      return { state: { ...state, scroll: scrolled(state.scroll, 'up', screen) } };
    default:
      return { state };
  }
}

/** Returns the title after `title`; `undefined`, for sorting by address, after the last one. */
function following(title: string | undefined, titles: readonly string[]): string | undefined {
  return titles[title === undefined ? 0 : titles.indexOf(title) + 1];
}

function scrolled(scroll: number, key: Key, { height, lines }: ScrollArea): number {
  const page = Math.max(1, height - 1);
  const steps: Partial<Record<string, number>> = {
    up: -1,
    down: 1,
    'page-up': -page,
    'page-down': page,
    home: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
  };
  const step = typeof key === 'string' ? (steps[key] ?? 0) : 0;
  return Math.max(0, Math.min(scroll + step, lines - height));
}
