import { withNames } from '../names/lookup.ts';
import { NetlinkError, type Outcome } from '../netlink/errors.ts';
import { type BadRule, parseRuleFile, type Rule } from '../rules/rule-file.ts';
import { helpText, versionText } from './help.ts';
import type { Kernel } from './kernel.ts';
import type { Output } from './output.ts';
import { print } from './print.ts';
import { requestOf } from './request.ts';
import { faultSentence, refusalSentence } from './sentences.ts';

/** How {@link restore} goes about it. */
export interface RestoreOptions {
  /** Remove all services first. */
  readonly clear?: boolean;
}

/** Exit status when a line is wrong, and nothing was done. */
const badFile = 2;
/** Exit status when the kernel refused a command. */
const refused = 255;

/**
 * Runs the commands of a rule file, and gives the exit status. The whole file is checked first: where a line is
 * wrong, all such lines are told and nothing is done. What the kernel refuses is told with its line; the rest goes on.
 */
export async function restore(
  text: string,
  kernel: Kernel,
  { out, err }: { readonly out: Output; readonly err: Output },
  options: RestoreOptions = {},
): Promise<number> {
  const { rules, errors } = await withNames((names) => parseRuleFile(text, names));
  for (const error of errors) err.write(`${badRuleSentence(error)}\n`);
  if (errors.length > 0) return badFile;

  if (options.clear) await kernel.ipvs.flush();
  let status = 0;
  const tell = (rule: Rule, error: NetlinkError) => {
    err.write(`line ${rule.line}: ${refusalSentence(error, rule.command.name)}\n`);
    status = refused;
  };
  for (const stretch of stretches(rules)) {
    const [first] = stretch;
    const { command } = first;
    if (command.name === 'help' || command.name === 'version') {
      out.write(command.name === 'help' ? helpText() : versionText());
      return status;
    }
    if (command.name === 'list' || command.name === 'save') {
      await print(command, kernel, out).catch((error: unknown) => {
        if (!(error instanceof NetlinkError)) throw error;
        tell(first, error);
      });
      continue;
    }
    const outcomes = await change(stretch, kernel);
    for (const [index, rule] of stretch.entries()) {
      const outcome = outcomes[index];
      if (outcome) tell(rule, outcome);
    }
  }
  return status;
}

/** Cuts rules where one of them prints: what stands between is one batch for the kernel. */
function stretches(rules: readonly Rule[]): [Rule, ...Rule[]][] {
  const found: [Rule, ...Rule[]][] = [];
  let open: [Rule, ...Rule[]] | undefined;
  for (const rule of rules) {
    if (!requestOf(rule.command)) {
      found.push([rule]);
      open = undefined;
    } else if (open) {
      open.push(rule);
    } else {
      open = [rule];
      found.push(open);
    }
  }
  return found;
}

function change(rules: readonly Rule[], { ipvs }: Kernel): Promise<Outcome[]> {
  return ipvs.batch(rules.flatMap(({ command }) => requestOf(command) ?? []));
}

/** Names the line, what is wrong with it, and the word. */
function badRuleSentence({ line, text, error: { fault } }: BadRule): string {
  const sentence =
    fault.code === 'no-command' ? `no command: ${text.trim()}` : faultSentence(fault).trimEnd();
  const word =
    fault.code === 'illegal-value' && !sentence.includes(`\`${fault.value}'`) ? `: ${fault.value}` : '';
  return `line ${line}: ${sentence}${word}`.replace(/\p{Cc}/gu, '?');
}
