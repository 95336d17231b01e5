import { AlikeRules, AlikeRun } from './alike.ts';
import { withoutByteOrderMark } from './byte-order-mark.ts';
import type { Command } from './command.ts';
import { RuleError } from './error.ts';
import { type NameLookup, numericOnly } from './names.ts';
import { cachingServiceParser, parseCommand, type ServiceParser } from './parse.ts';

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
 * empty lines, the word `ipvsadm`, comments from a word that begins with `#` to the end of its line, and a byte order mark
 * at the beginning are passed over.
 * Without `names`, hosts and ports must be numbers.
 *
 * @example
 * const { rules, errors } = parseRules(readFileSync('/etc/ipvsadm.rules', 'utf8'));
 * for (const { place, error } of errors) console.error(`line ${place}:`, error.fault);
 */
export function parseRules(text: string, names: NameLookup = numericOnly): RuleFile {
  const errors: BadRule[] = [];
  return { rules: [...singly(rulesIn([text], names, errors))], errors };
}

/** The rules in blocks of whole lines, as they are read; what is none is put to `errors`. */
export function* rulesIn(
  blocks: Iterable<string>,
  names: NameLookup,
  errors: BadRule[],
): Generator<Rule | AlikeRun> {
  const alike = new AlikeRules();
  const toService = cachingServiceParser();
  let place = 0;
  for (const block of blocks) {
    const text = place === 0 ? withoutByteOrderMark(block) : block;
    for (let start = 0; start < text.length; ) {
      place++;
      const next = alike.read(text, start);
      if (next >= 0 && alike.run) {
        alike.run.place = place;
        place += alike.run.count - 1;
        start = next;
        yield alike.run;
        continue;
      }
      const end = endOfLine(text, start);
      const line = text.slice(start, end);
      try {
        const command = parseLine(line, names, toService);
        if (command) {
          alike.learn(text, start, command);
          yield { place, command };
        }
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        errors.push({ place, text: line, error });
      }
      start = end + 1;
    }
  }
}

/** The same, one by one. */
export function* singly(rules: Iterable<Rule | AlikeRun>): Generator<Rule> {
  for (const rule of rules) {
    if (rule instanceof AlikeRun) yield* rule.rules();
    else yield rule;
  }
}

/** Reads the command in a line; `undefined` where there is none. @throws {RuleError} where the line is no command. */
function parseLine(line: string, names: NameLookup, toService: ServiceParser): Command | undefined {
  const words = wordsOf(line).filter((word) => word !== 'ipvsadm');
  if (words.length === 0) return undefined;
  if (words.some((word) => word.includes(nul))) throw new RuleError({ code: 'nul-character' });
  const command = parseCommand(words, names, toService);
  if (command.name === 'restore' || command.name === 'doctor') throw new RuleError({ code: 'no-command' });
  return command;
}

/** Splits a line into words. A word that begins with `#` begins a comment; within a word, `#` is a character like others. */
function wordsOf(line: string): string[] {
  const words = line.split(blanks).filter((word) => word !== '');
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment < 0 ? words : words.slice(0, comment);
}

const blanks = /[ \t\r]+/;
const nul = '\0';

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}
