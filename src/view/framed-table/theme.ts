import { Chalk } from 'chalk';

/** Characters that a view draws with. */
export interface Glyphs {
  /** Mark before a server that has reached its upper threshold. */
  readonly full: string;
  /** Mark before a server whose clients are refused. */
  readonly refusing: string;
  /** Mark before the heading of the column that a table is sorted by. */
  readonly sorted: string;
  readonly ellipsis: string;
  /** Corners, clockwise from the upper left, then the sides. */
  readonly border: Readonly<
    Record<'topLeft' | 'topRight' | 'bottomRight' | 'bottomLeft' | 'horizontal' | 'vertical', string>
  >;
  /** Returns a bar that fills a fraction, 0 to 1, of a width. */
  readonly bar: (part: number, width: number) => string;
}

/** The meaning of a text, which determines its colour. */
export type Tone =
  | 'border'
  | 'heading'
  | 'service'
  | 'failing'
  | 'full'
  | 'idle'
  | 'changed'
  | 'bar'
  | 'note';

/** Functions that colour a text, one for each tone; none changes its width. */
export type Paint = Readonly<Record<Tone, (text: string) => string>>;

/** Characters and colours of a view. */
export interface Theme {
  readonly glyphs: Glyphs;
  readonly paint: Paint;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

const unicode: Glyphs = {
  full: '▲',
  refusing: '×',
  sorted: '▼',
  ellipsis: '…',
  border: {
    topLeft: '╭',
    topRight: '╮',
    bottomRight: '╯',
    bottomLeft: '╰',
    horizontal: '─',
    vertical: '│',
  },
  bar: (part, width) => {
    const filled = Math.max(part > 0 && width > 0 ? 1 : 0, Math.round(part * width * 8));
    return `${'█'.repeat(filled >> 3)}${eighths[filled & 7] ?? ''}`;
  },
};

const ascii: Glyphs = {
  full: '!',
  refusing: 'x',
  sorted: '*',
  ellipsis: '~',
  border: {
    topLeft: '+',
    topRight: '+',
    bottomRight: '+',
    bottomLeft: '+',
    horizontal: '-',
    vertical: '|',
  },
  bar: (part, width) => '#'.repeat(Math.round(part * width)),
};

/**
 * Returns the colours of tones. They come from the basic palette of every terminal, as its user chose it, and are readable on
 * dark and light backgrounds: no yellow, which is lost on white, and no blue, which is lost on black. Text that must be read is
 * never dim, as some palettes have little contrast to begin with.
 */
function paintWith(level: 0 | 1): Paint {
  const chalk = new Chalk({ level });
  return {
    border: chalk.dim,
    heading: asItIs,
    service: chalk.bold,
    failing: chalk.bold.red,
    full: chalk.magenta,
    idle: chalk.dim,
    changed: chalk.bold,
    bar: chalk.cyan,
    note: asItIs,
  };
}

function asItIs(text: string): string {
  return text;
}

/** Returns the theme for a terminal with or without UTF-8 and colours. */
export function themeFor({ utf8, colors }: { readonly utf8: boolean; readonly colors: boolean }): Theme {
  return { glyphs: utf8 ? unicode : ascii, paint: paintWith(colors ? 1 : 0) };
}
