import type { Command } from './command.ts';
import type { RuleError } from './error.ts';

/**
 * The place of a rule: its line number, counted from 1, or its path in a JSON document.
 *
 * @example
 * const nameOf = (place: Place) => (typeof place === 'number' ? `line ${place}` : place);
 */
export type Place = number | string;

/**
 * A command and its place in a file.
 *
 * @example
 * const { rules } = parseRules('-C\n');
 * const first: Rule | undefined = rules[0]; // { place: 1, command: { name: 'flush' } }
 */
export interface Rule {
  readonly place: Place;
  readonly command: Command;
}

/**
 * A line or value that is not a valid command, or a command that would be refused.
 *
 * @example
 * const textOf = ({ place, text, error }: BadRule) => `${place}: ${text} (${error.message})`;
 */
export interface BadRule {
  readonly place: Place;
  /** The line as written in the file, if the rule comes from a line. */
  readonly text: string;
  readonly error: RuleError;
}
