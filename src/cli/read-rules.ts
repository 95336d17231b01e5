import { withNames } from '../names/lookup.ts';
import { AlikeRules, type AlikeRun } from '../rules/alike.ts';
import type { RestoreOptions } from '../rules/command.ts';
import { badRuleSentence } from '../rules/messages.ts';
import { type BadRule, type Rule, rulesIn } from '../rules/rule-file.ts';
import { prepareForMany } from './engine.ts';
import type { Streams } from './streams.ts';

/** Of a rule: `-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1`. */
const usualLength = 40;

/**
 * What `make` makes of the rules on standard input, which it has to go through. It may be called more than once. Where
 * any of them is wrong, all such are told, and there is nothing to be made.
 */
export async function readRules<T>(
  { json, sync }: RestoreOptions,
  { input, err }: Streams,
  make: (rules: Iterable<Rule | AlikeRun>) => T,
): Promise<T | undefined> {
  const blocks = await input();
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  await prepareForMany(length / usualLength, [AlikeRules]);
  let errors: readonly BadRule[] = [];
  let made: T;
  if (json) {
    const { parseJsonRules } = await import('../json/read.ts');
    const file = parseJsonRules(blocks.join(''), { isWholeTable: sync });
    errors = file.errors;
    made = make(file.rules);
  } else {
    made = await withNames((names) => {
      const wrong: BadRule[] = [];
      errors = wrong;
      return make(rulesIn(blocks, names, wrong));
    });
  }
  if (errors.length === 0) return made;
  for (const error of errors) err.write(`${badRuleSentence(error)}\n`);
  return undefined;
}
