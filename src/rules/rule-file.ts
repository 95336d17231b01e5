import { AlikeRules } from './alike.ts';
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

/**
 * Reads rules, one command a line as `ipvsadm -S` writes them. Words are separated by blanks and have no quotes;
 * empty lines and the word `ipvsadm` are passed over. Without `names`, hosts and ports must be numbers.
 *
 * @example
 * const { rules, errors } = parseRules(readFileSync('/etc/ipvsadm.rules', 'utf8'));
 * for (const { place, error } of errors) console.error(`line ${place}:`, error.fault);
 */
export function parseRules(text: string, names: NameLookup = numericOnly): RuleFile {
  const errors: BadRule[] = [];
  return { rules: [...rulesIn(text, names, errors)], errors };
}

/** The same rules, one after the other as they are read; what is none is put to `errors`. */
export function* rulesIn(text: string, names: NameLookup, errors: BadRule[]): Generator<Rule> {
  const hasNul = text.includes(nul);
  const alike = new AlikeRules();
  let place = 0;
  let end = -1;
  while (end < text.length) {
    const start = end + 1;
    end = endOfLine(text, start);
    place++;
    const known = alike.read(text, start, end);
    if (known) {
      yield { place, command: known };
      continue;
    }
    const words = wordsOf(text, start, end);
    if (words.length === 0) continue;
    try {
      if (hasNul && words.some((word) => word.includes(nul))) throw new RuleError({ code: 'nul-character' });
      const command = parseCommand(words, names);
      if (command.name === 'restore' || command.name === 'doctor')
        throw new RuleError({ code: 'no-command' });
      alike.learn(text, start, end, command);
      yield { place, command };
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      errors.push({ place, text: text.slice(start, end), error });
    }
  }
}

const nul = '\0';

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** The words between blanks from `start` to `end`, without the program's name. */
function wordsOf(text: string, start: number, end: number): string[] {
  const words: string[] = [];
  for (let at = start; at < end; at++) {
    if (isBlank(text.charCodeAt(at))) continue;
    const first = at;
    while (at < end && !isBlank(text.charCodeAt(at))) at++;
    const word = text.slice(first, at);
    if (word !== 'ipvsadm') words.push(word);
  }
  return words;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}
