import type { Spelling } from './options.ts';
import { spellingOfLetter, spellingOfWord } from './options.ts';

/** What stands on a command line, in order: options with their arguments, or the word that cannot be read. */
export type Event =
  | {
      readonly kind: 'option';
      readonly spelling: Spelling;
      readonly argument: string | undefined;
      /** The last word of the command line that the option took; messages about it quote that. */
      readonly word: string;
    }
  | {
      readonly kind: 'unreadable';
      readonly code: 'unknown-option' | 'missing-argument' | 'needless-argument';
      readonly word: string;
    };

/** A command line taken apart. */
export interface Scan {
  /** Options in order; when a word cannot be read, it is the last event. */
  readonly events: readonly Event[];
  /** Words that are neither options nor arguments of options. */
  readonly operands: string[];
}

/**
 * Takes a command line apart by the conventions of popt(3): long options with `=` or a following word, short ones
 * bundled, an argument glued to its letter with or without `=`, `--` before operands, and optional arguments,
 * which take the next word unless it begins with a dash. Our own optional arguments take no next word.
 */
export function scan(words: readonly string[]): Scan {
  const events: Event[] = [];
  const operands: string[] = [];
  let next = 0;

  const unreadable = (
    code: 'unknown-option' | 'missing-argument' | 'needless-argument',
    word: string,
  ): Scan => {
    events.push({ kind: 'unreadable', code, word });
    return { events, operands };
  };

  while (next < words.length) {
    const word = words[next++] ?? '';
    if (word === '--') {
      operands.push(...words.slice(next));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }

    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const spelling = spellingOfWord(equals < 0 ? word.slice(2) : word.slice(2, equals));
      if (!spelling) return unreadable('unknown-option', word);
      const glued = equals < 0 ? undefined : word.slice(equals + 1);
      const taken = takeArgument(spelling, glued);
      if (typeof taken === 'string') return unreadable(taken, word);
      events.push({ kind: 'option', spelling, argument: taken.argument, word: taken.word ?? word });
      continue;
    }

    for (let at = 1; at < word.length; at++) {
      const spelling = spellingOfLetter(word[at] ?? '');
      if (!spelling) return unreadable('unknown-option', word);
      const rest = word.slice(at + 1);
      const gluedByEquals = rest.startsWith('=');
      const glued = gluedByEquals ? rest.slice(1) : spelling.argument && rest !== '' ? rest : undefined;
      const taken = takeArgument(spelling, glued);
      if (typeof taken === 'string') return unreadable(taken, word);
      events.push({ kind: 'option', spelling, argument: taken.argument, word: taken.word ?? word });
      if (glued !== undefined) break;
    }
  }
  return { events, operands };

  function takeArgument(
    spelling: Spelling,
    glued: string | undefined,
  ): { argument: string | undefined; word?: string } | 'missing-argument' | 'needless-argument' {
    if (!spelling.argument) return glued === undefined ? { argument: undefined } : 'needless-argument';
    if (glued !== undefined) return { argument: glued };
    const following = words[next];
    if (spelling.argument.optional) {
      const isNone = spelling.argument.glued || following === undefined || following.startsWith('-');
      if (isNone) return { argument: undefined };
    } else if (following === undefined) {
      return 'missing-argument';
    }
    next++;
    return { argument: following, word: following };
  }
}
