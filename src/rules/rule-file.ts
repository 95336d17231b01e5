import { RuleList } from './bulk/rule-list.ts';
import { readRuleFile } from './bulk/rule-reader.ts';
import { type NameLookup, numericOnly } from './names.ts';
import type { BadRule, Rule } from './rule.ts';

/**
 * Contents of a rule file: its commands in order, and every line that is none.
 *
 * @example
 * const { rules, errors }: RuleFile = parseRules('-A -t 192.0.2.1:80 -s wlc\n');
 */
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
  return parseRuleBlocks([Buffer.from(text)], names);
}

/**
 * Reads a rule file that comes in blocks of whole lines, in UTF-8.
 * @internal
 */
export function parseRuleBlocks(blocks: Iterable<Buffer>, names: NameLookup): RuleFile {
  const list = new RuleList();
  const errors = readRuleFile(blocks, names, list);
  return { rules: list.rules, errors };
}

/**
 * Checks a rule file that comes in blocks of whole lines, in UTF-8, and keeps no rules. Returns the lines that are no rules.
 * @internal
 */
export function checkRuleBlocks(blocks: Iterable<Buffer>, names: NameLookup): BadRule[] {
  return readRuleFile(blocks, names, { add() {}, modelOf() {}, addCopy() {} });
}
