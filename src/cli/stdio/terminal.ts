import type { ListOptions } from '../../rules/command.ts';

/** Facts about the terminal that a process writes to. */
export interface TerminalFacts {
  readonly isTerminal: boolean;
  /** Columns of the terminal, where known. */
  readonly columns?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns the facts about this process's standard output. */
export function standardOutput(): TerminalFacts {
  const { isTTY, columns } = process.stdout;
  return { isTerminal: isTTY === true, columns: columns || undefined, env: process.env };
}

/** Returns whether progress may be shown on standard error, which must be a terminal. */
export function errorTerminal(): boolean {
  return process.stderr.isTTY === true;
}

/**
 * Returns whether to use colours: as `--color` says, else as `FORCE_COLOR` (force-color.org) and `NO_COLOR` (no-color.org)
 * say, else on terminals that are not dumb.
 */
export function wantsColors(option: ListOptions['color'], { isTerminal, env }: TerminalFacts): boolean {
  if (option) return option === 'always';
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return !env.NO_COLOR && isTerminal && env.TERM !== 'dumb';
}

/** Returns whether the locale's character set is UTF-8, locale(7). */
export function hasUtf8({ env }: TerminalFacts): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}

/**
 * Returns how many columns a view may take: the terminal's, else `COLUMNS`, else 80 on a terminal; `undefined`, for any
 * number, in a file or pipe.
 */
export function viewWidth({ isTerminal, columns, env }: TerminalFacts): number | undefined {
  if (columns) return columns;
  const given = /^[1-9][0-9]{0,4}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : undefined;
  return given ?? (isTerminal ? 80 : undefined);
}
