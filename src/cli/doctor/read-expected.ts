import type { Expected } from '../../doctor/system.ts';
import { withNames } from '../../names/lookup.ts';
import { visible } from '../../platform/visible.ts';
import { counted } from '../../rules/counted.ts';
import { desiredState } from '../../rules/desired.ts';
import { badRuleSentence } from '../../rules/messages.ts';
import { parseRuleBlocks, type RuleFile } from '../../rules/rule-file.ts';
import { lazy } from '../lazy.ts';
import { InputError, readInput } from '../stdio/input.ts';
import type { Output } from '../stdio/output.ts';

/** Maximum number of faults that are reported; the others are only counted. */
const maxReportedFaults = 5;

/** Reads the desired state from a rule file. If the file has faults, reports them and resolves to `undefined`. */
export async function readExpected(file: string, err: Output): Promise<Expected | undefined> {
  const name = visible(file);
  try {
    const { rules, errors } = await parse(readInput(file));
    const { table, tableRules, timeouts, daemons, contradictions } = desiredState(rules);
    const faults = errors.length > 0 ? errors : contradictions;
    for (const fault of faults.slice(0, maxReportedFaults)) err.write(`${name}: ${badRuleSentence(fault)}\n`);
    if (faults.length > maxReportedFaults)
      err.write(`${name}: ${counted(faults.length - maxReportedFaults, 'more fault')}\n`);
    if (faults.length > 0) return undefined;
    if (tableRules === 0) {
      err.write(`${name} has no services to compare the table with\n`);
      return undefined;
    }
    return { file: name, state: { table, timeouts, daemons } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    err.write(`${error.message}\n`);
    return undefined;
  }
}

/** Parses lines as `ipvsadm -S` prints them, or a document as `ipvsadm -L --json` prints it. */
async function parse(blocks: readonly Buffer[]): Promise<RuleFile> {
  if (!isJson(blocks)) return withNames((names) => parseRuleBlocks(blocks, names));
  const { parseJsonRules } = await lazy.jsonRules();
  return parseJsonRules(Buffer.concat(blocks).toString('utf8'), { isWholeTable: true });
}

/** Returns whether a file begins with a bracket, as a JSON document does and no rule. */
function isJson(blocks: readonly Buffer[]): boolean {
  return /^\ufeff?\s*[{[]/.test(blocks[0]?.toString('utf8') ?? '');
}
