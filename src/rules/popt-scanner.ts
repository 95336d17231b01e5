import { type Found, findLetter, findLong } from './option-table/table.ts';

/** An item of a command line: a command or an option with the text of its argument, or a word that cannot be read. */
export type Event =
  | (Found & {
      readonly text: string | undefined;
      /** The last word of the command line that the option took; messages about it quote that. */
      readonly word: string;
    })
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
 * bundled, an argument behind its letter with or without `=`, `--` before operands, and optional arguments,
 * which take the next word unless it begins with a dash. Our own optional arguments take no next word.
 *
 * A parser of a library does not replace this one: ipvsadm 1.31 uses popt(3), and scripts rely on what that accepts (`-s=rr`,
 * `-Ln`, `-p` before another option) and on which of several faults it names first; none does the same. Rule files of
 * 100,000 lines are scanned by it too, and every start of ipvsadm would load the library.
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
    if (equals < 0) return this.#take(word, findLong(word.slice(2)), undefined);
    return this.#take(word, findLong(word.slice(2, equals)), word.slice(equals + 1));
  }

  #takeLetters(word: string): boolean {
    for (let at = 1; at < word.length; at++) {
      const found = findLetter(word.charAt(at));
      const inline = inlineArgument(word, at + 1, found);
      if (!this.#take(word, found, inline)) return false;
      if (inline !== undefined) break;
    }
    return true;
  }

  /** Takes a command or option that `word` names, with the argument that stands in the same word, or follows. */
  #take(word: string, found: Found | undefined, inline: string | undefined): boolean {
    if (!found) return this.#stop('unknown-option', word);
    const { argument } = found.spelling;
    if (!argument && inline !== undefined) return this.#stop('needless-argument', word);
    if (!argument || inline !== undefined) return this.#add(found, inline, word);
    const following = this.#words[this.#next];
    const takesNone = argument === 'inline' || following === undefined || following.startsWith('-');
    if (argument !== 'required' && takesNone) return this.#add(found, undefined, word);
    if (following === undefined) return this.#stop('missing-argument', word);
    this.#next++;
    return this.#add(found, following, following);
  }

  #add(found: Found, text: string | undefined, word: string): true {
    // Each member by name: spreading `found` takes several times as long, and files have hundreds of thousands of options.
    if (found.kind === 'command')
      this.events.push({ kind: found.kind, spelling: found.spelling, text, word });
    else this.events.push({ kind: found.kind, row: found.row, spelling: found.spelling, text, word });
    return true;
  }

  #stop(code: Unreadable, word: string): false {
    this.events.push({ kind: 'unreadable', code, word });
    return false;
  }
}

/** The argument behind a letter in the same word, with or without `=`; further letters stand there where it takes none. */
function inlineArgument(word: string, at: number, found: Found | undefined): string | undefined {
  if (word.startsWith('=', at)) return word.slice(at + 1);
  return found?.spelling.argument && at < word.length ? word.slice(at) : undefined;
}
