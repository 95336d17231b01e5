import type { Key } from './keys.ts';

/** What the person at the keyboard has chosen. */
export interface WatchState {
  readonly paused: boolean;
  /** Title of the column that services and servers are sorted by; by address when there is none. */
  readonly sort: string | undefined;
  /** Only services and servers are shown whose names contain this. */
  readonly filter: string;
  /** What has been typed so far, while a filter is asked for. */
  readonly prompt: string | undefined;
  /** How many lines of the table are above the first one that is seen. */
  readonly scroll: number;
}

/** What to do besides drawing the new state. */
export type Action = 'quit' | 'interrupt' | 'suspend' | 'redraw';

/** What a key press leads to. */
export interface Reaction {
  readonly state: WatchState;
  readonly action?: Action;
}

/** What is on the screen, as far as keys go by it. */
export interface ScrollArea {
  /** Lines of the table that are seen at once, and all there are. */
  readonly height: number;
  readonly lines: number;
  /** Titles of the columns that can be sorted by. */
  readonly sortable: readonly string[];
}

/** The state of a view that has just been started. */
export const initialState: WatchState = {
  paused: false,
  sort: undefined,
  filter: '',
  prompt: undefined,
  scroll: 0,
};

/** What pressing a key leads to. */
export function press(state: WatchState, key: Key, screen: ScrollArea): Reaction {
  if (key === 'interrupt' || key === 'suspend' || key === 'redraw') return { state, action: key };
  if (state.prompt !== undefined) return { state: typing(state, state.prompt, key) };
  if (typeof key === 'object') return pressSign(state, key.sign, screen);
  if (key === 'escape') return { state: { ...state, filter: '', scroll: 0 } };
  return { state: { ...state, scroll: scrolled(state.scroll, key, screen) } };
}

function typing(state: WatchState, prompt: string, key: Key): WatchState {
  if (typeof key === 'object') return { ...state, prompt: prompt + key.sign };
  switch (key) {
    case 'enter':
      return { ...state, filter: prompt.trim(), prompt: undefined, scroll: 0 };
    case 'escape':
      return { ...state, filter: '', prompt: undefined, scroll: 0 };
    case 'backspace':
      return { ...state, prompt: prompt.slice(0, -1) };
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

/** The title behind another; after the last one the order by address comes again. */
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
