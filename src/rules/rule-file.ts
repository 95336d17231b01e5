import type { Command } from './command.ts';
import { RuleError } from './error.ts';
import { type NameLookup, numericOnly } from './names.ts';
import { parseCommand } from './parse.ts';

/** Where a rule stands: the number of its line, counted from 1, or the path to it in a JSON document. */
export type Place = number | string;

/** A command and where it stands in its file. */
export interface Rule {
  readonly place: Place;
  readonly command: Command;
}

/** What is no command, or would be refused as one. */
export interface BadRule {
  readonly place: Place;
  /** The line as it stands in the file, where it is one. */
  readonly text: string;
  readonly error: RuleError;
}

/** What a rule file says: its commands in order, and every line that is none. */
export interface RuleFile {
  readonly rules: readonly Rule[];
  readonly errors: readonly BadRule[];
}

/** A rule file that has been checked; its rules are read from the text again, as often as they are iterated over. */
export interface CheckedRules {
  readonly rules: Iterable<Rule>;
  /** How many there are. */
  readonly count: number;
  readonly errors: readonly BadRule[];
}

/**
 * Reads rules, one command a line as `ipvsadm -S` writes them. Words are separated by blanks and have no quotes;
 * empty lines and the word `ipvsadm` are passed over. Without `names`, hosts and ports must be numbers.
 *
 * @example
 * const { rules, errors } = parseRules(readFileSync('/etc/ipvsadm.rules', 'utf8'));
 * for (const { place, error } of errors) console.error(`line ${place}:`, error.fault);
 */
export function parseRules(text: string, names: NameLookup = numericOnly): RuleFile {
  const { rules, errors } = checkRules(text, names);
  return { rules: [...rules], errors };
}

/** The same without keeping the rules, for files of any size. */
export function checkRules(text: string, names: NameLookup): CheckedRules {
  const errors: BadRule[] = [];
  let count = 0;
  for (const rule of parseLines(text, names)) {
    if ('error' in rule) errors.push(rule);
    else count++;
  }
  return {
    errors,
    count,
    rules: {
      *[Symbol.iterator]() {
        for (const rule of parseLines(text, names)) if (!('error' in rule)) yield rule;
      },
    },
  };
}

function* parseLines(text: string, names: NameLookup): Generator<Rule | BadRule> {
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    const words = line.split(/[ \t\r]+/).filter((word) => word !== '' && word !== 'ipvsadm');
    if (words.length === 0) continue;
    try {
      const command = parseCommand(words, names);
      if (command.name === 'restore' || command.name === 'doctor')
        throw new RuleError({ code: 'no-command' });
      yield { place: number, command };
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      yield { place: number, text: line, error };
    }
  }
}

function* linesOf(text: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
  yield text.slice(start);
}
