import { type Found, findLetter, findLong } from './option-table/table.ts';

/** An item of a command line: a command or option with the text of its argument, or an unreadable word. */
export type Event =
  | (Found & {
      readonly text: string | undefined;
      /** The last command-line word that the option consumed; messages about the option quote it. */
      readonly word: string;
    })
  | {
      readonly kind: 'unreadable';
      readonly code: Unreadable;
      readonly word: string;
    };

type Unreadable = 'unknown-option' | 'missing-argument' | 'needless-argument';

/** A command line split into options and operands. */
export interface Scan {
  /** Options in order; an unreadable word is always the last event. */
  readonly events: readonly Event[];
  /** Words that are neither options nor arguments of options. */
  readonly operands: readonly string[];
}

/**
 * Splits a command line by the conventions of popt(3): long options with `=` or the next word as argument, bundled short
 * options, an argument after its letter with or without `=`, `--` before operands, and optional arguments, which take the next
 * word unless it begins with a dash. Our own optional arguments never take the next word.
 *
 * No library parser can replace this one: ipvsadm 1.31 uses popt(3), and scripts rely on what popt accepts (`-s=rr`, `-Ln`,
 * `-p` before another option) and on which of several faults is reported first. It also scans rule files of 100,000 lines, and
 * a library would have to be loaded at every start of ipvsadm.
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

  /** Consumes the next word and its argument; returns `false` when there is nothing more to read. */
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

  /** Consumes a command or option named in `word`, with its argument from the same word or the next. */
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
    // Named properties: spreading `found` is several times slower, and files have hundreds of thousands of options.
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

/** Returns the argument after a letter in the same word, with or without `=`; after a flag, only `=` begins one. */
function inlineArgument(word: string, at: number, found: Found | undefined): string | undefined {
  if (word.startsWith('=', at)) return word.slice(at + 1);
  return found?.spelling.argument && at < word.length ? word.slice(at) : undefined;
}
