import { RuleList } from './bulk/rule-list.ts';
import { readRuleFile } from './bulk/rule-reader.ts';
import { type NameLookup, numericOnly } from './names.ts';
import type { BadRule, Rule } from './rule.ts';

/**
 * The contents of a rule file: its commands in order, and every line that is not a valid command.
 *
 * @example
 * const { rules, errors }: RuleFile = parseRules('-A -t 192.0.2.1:80 -s wlc\n');
 */
export interface RuleFile {
  readonly rules: readonly Rule[];
  readonly errors: readonly BadRule[];
}

/**
 * Parses rules, one command per line as `ipvsadm -S` prints them. Words are separated by blanks, without quoting. Empty lines,
 * the word `ipvsadm`, comments from a word beginning with `#` to the end of the line, and a leading byte order mark are
 * skipped. Without `names`, hosts and ports must be numeric.
 *
 * @example
 * const { rules, errors } = parseRules(readFileSync('/etc/ipvsadm.rules', 'utf8'));
 * for (const { place, error } of errors) console.error(`line ${place}:`, error.fault);
 */
export function parseRules(text: string, names: NameLookup = numericOnly): RuleFile {
  return parseRuleBlocks([Buffer.from(text)], names);
}

/**
 * Parses a rule file from blocks of whole lines in UTF-8.
 * @internal
 */
export function parseRuleBlocks(blocks: Iterable<Buffer>, names: NameLookup): RuleFile {
  const list = new RuleList();
  const errors = readRuleFile(blocks, names, list);
  return { rules: list.rules, errors };
}

/**
 * Checks a rule file from blocks of whole lines in UTF-8, without keeping its rules. Returns the lines that are not valid
 * rules.
 * @internal
 */
export function checkRuleBlocks(blocks: Iterable<Buffer>, names: NameLookup): BadRule[] {
  return readRuleFile(blocks, names, { add() {}, templateOf() {}, addCopy() {} });
}
