import type { Command } from './command.ts';
import type { RuleError } from './error.ts';

/**
 * Where a rule stands: the number of its line, counted from 1, or the path to it in a JSON document.
 *
 * @example
 * const nameOf = (place: Place) => (typeof place === 'number' ? `line ${place}` : place);
 */
export type Place = number | string;

/**
 * A command and where it stands in its file.
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
 * A line or value that is no command, or would be refused as one.
 *
 * @example
 * const textOf = ({ place, text, error }: BadRule) => `${place}: ${text} (${error.message})`;
 */
export interface BadRule {
  readonly place: Place;
  /** The line as it stands in the file, where it is one. */
  readonly text: string;
  readonly error: RuleError;
}
