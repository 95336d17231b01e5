import type { Command } from './command.ts';
import { RuleError } from './error.ts';
import type { NameLookup } from './names.ts';
import { parseCommand, type ServiceParser } from './parse.ts';

/** Parses a line; returns `undefined` if it has no command. @throws {RuleError} if it is not a valid command. */
export function parseRuleLine(
  line: string,
  names: NameLookup,
  toService?: ServiceParser,
): Command | undefined {
  const words = wordsOf(line).filter((word) => word !== 'ipvsadm');
  if (words.length === 0) return undefined;
  if (words.some((word) => word.includes(nul))) throw new RuleError({ code: 'nul-character' });
  const command = parseCommand(words, names, toService);
  if (command.name === 'restore' || command.name === 'doctor') throw new RuleError({ code: 'no-command' });
  return command;
}

/** Splits a line into words. A word beginning with `#` starts a comment; inside a word, `#` is an ordinary character. */
function wordsOf(line: string): string[] {
  const words = line.split(blanks).filter((word) => word !== '');
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment < 0 ? words : words.slice(0, comment);
}

const blanks = /[ \t\r]+/;
const nul = '\0';
