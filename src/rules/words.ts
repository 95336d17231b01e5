import { type Spelling, spellingOfLetter, spellingOfWord } from './options.ts';

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
      readonly code: Unreadable;
      readonly word: string;
    };

type Unreadable = 'unknown-option' | 'missing-argument' | 'needless-argument';

/** A command line taken apart. */
export interface Scan {
  /** Options in order; when a word cannot be read, it is the last event. */
  readonly events: readonly Event[];
  /** Words that are neither options nor arguments of options. */
  readonly operands: readonly string[];
}

/**
 * Takes a command line apart by the conventions of popt(3): long options with `=` or a following word, short ones
 * bundled, an argument glued to its letter with or without `=`, `--` before operands, and optional arguments,
 * which take the next word unless it begins with a dash. Our own optional arguments take no next word.
 */
export function scan(words: readonly string[]): Scan {
  const scanner = new Scanner(words);
  while (scanner.step());
  return scanner;
}

class Scanner implements Scan {
  readonly events: Event[] = [];
  readonly operands: string[] = [];
  readonly #words: readonly string[];
  #next = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** Takes the next word, and its argument; `false` when nothing more is to be read. */
  step(): boolean {
    const word = this.#words[this.#next++];
    if (word === undefined) return false;
    if (word === '--') {
      this.operands.push(...this.#words.slice(this.#next));
      return false;
    }
    if (!word.startsWith('-') || word === '-') {
      this.operands.push(word);
      return true;
    }
    return word.startsWith('--') ? this.#takeLong(word) : this.#takeLetters(word);
  }

  #takeLong(word: string): boolean {
    const equals = word.indexOf('=');
    if (equals < 0) return this.#take(word, spellingOfWord(word.slice(2)), undefined);
    return this.#take(word, spellingOfWord(word.slice(2, equals)), word.slice(equals + 1));
  }

  #takeLetters(word: string): boolean {
    for (let at = 1; at < word.length; at++) {
      const spelling = spellingOfLetter(word.charAt(at));
      const glued = gluedArgument(word, at + 1, spelling);
      if (!this.#take(word, spelling, glued)) return false;
      if (glued !== undefined) break;
    }
    return true;
  }

  /** Takes an option that `word` names, and the argument that is `glued` to it or follows. */
  #take(word: string, spelling: Spelling | undefined, glued: string | undefined): boolean {
    if (!spelling) return this.#stop('unknown-option', word);
    const { argument } = spelling;
    if (!argument && glued !== undefined) return this.#stop('needless-argument', word);
    if (!argument || glued !== undefined) return this.#add(spelling, glued, word);
    const following = this.#words[this.#next];
    const takesNone = argument === 'glued' || following === undefined || following.startsWith('-');
    if (argument !== 'required' && takesNone) return this.#add(spelling, undefined, word);
    if (following === undefined) return this.#stop('missing-argument', word);
    this.#next++;
    return this.#add(spelling, following, following);
  }

  #add(spelling: Spelling, argument: string | undefined, word: string): true {
    this.events.push({ kind: 'option', spelling, argument, word });
    return true;
  }

  #stop(code: Unreadable, word: string): false {
    this.events.push({ kind: 'unreadable', code, word });
    return false;
  }
}

/** What stands behind a letter: its argument, with or without `=`, or further letters where it takes none. */
function gluedArgument(word: string, at: number, spelling: Spelling | undefined): string | undefined {
  if (word.startsWith('=', at)) return word.slice(at + 1);
  return spelling?.argument && at < word.length ? word.slice(at) : undefined;
}
