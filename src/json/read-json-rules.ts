import type { RuleFile } from '../rules/rule-file.ts';
import type { JsonRulesOptions } from './read.ts';

/**
 * Reads a JSON document, as `ipvsadm -L --json` prints it, as rules that add its services and servers, set its timeouts and
 * start its daemons. `ipvsadm/schema.json` is its JSON Schema. Counters and other reports of the kernel are ignored; absent
 * fields have the same defaults as on a command line. Each error has the line and, in valid JSON, the path of the fault; if
 * there are errors, no rules are returned. The reader is loaded by the first call.
 *
 * @example
 * const { rules, errors } = await readJsonRules(readFileSync('table.json', 'utf8'));
 * for (const bad of errors) console.error(badRuleSentence(bad));
 * const todo = plan(current, desiredState(rules));
 */
export async function readJsonRules(
  text: string,
  options: JsonRulesOptions = { isWholeTable: true },
): Promise<RuleFile> {
  const { parseJsonRules } = await import('./read.ts');
  return parseJsonRules(text, options);
}
