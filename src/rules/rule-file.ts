import type { Command } from './command.ts';
import { RuleError } from './error.ts';
import type { NameLookup } from './names.ts';
import { parseCommand } from './parse.ts';

/** A command and where it stands in its file. */
export interface Rule {
  /** Counted from 1. */
  readonly line: number;
  readonly command: Command;
}

/** A line that is no command. */
export interface BadRule {
  readonly line: number;
  /** The line as it stands in the file. */
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
 * empty lines and the word `ipvsadm` are passed over.
 */
export function parseRuleFile(text: string, names: NameLookup): RuleFile {
  const rules: Rule[] = [];
  const errors: BadRule[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.split(/[ \t\r]+/).filter((word) => word !== '' && word !== 'ipvsadm');
    if (words.length === 0) continue;
    try {
      const command = parseCommand(words, names);
      if (command.name === 'restore') throw new RuleError({ code: 'no-command' });
      rules.push({ line: index + 1, command });
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      errors.push({ line: index + 1, text: line, error });
    }
  }
  return { rules, errors };
}
