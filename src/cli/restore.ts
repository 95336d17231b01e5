import { withNames } from '../names/lookup.ts';
import type { RestoreOptions } from '../rules/command.ts';
import { type BadRule, type Rule, rulesIn } from '../rules/rule-file.ts';
import { type Streams, withKernel } from './main.ts';
import { Script } from './script.ts';
import { faultSentence, placeName } from './sentences.ts';
import { status } from './status.ts';

/**
 * Does what `ipvsadm --restore` is told to do with the rules on standard input, and gives the exit status. All of
 * them are read and checked first: where a line is wrong, all such lines are told and nothing is done.
 */
export async function restore(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.check) return checkOnly(options, streams);
  return withKernel(streams, async (kernel) => {
    if (options.sync) {
      const { converge } = await import('./converge.ts');
      return converge(kernel, streams, options);
    }
    const script = await readRules(options, streams, (rules) => new Script(rules, kernel));
    return script ? script.run(streams) : status.illegal;
  });
}

/** Removes all services and runs the rules on standard input, once they have been checked. */
export async function restoreOnEmpty(options: RestoreOptions, streams: Streams): Promise<number> {
  return withKernel(streams, async (kernel) => {
    const script = await readRules(options, streams, (rules) => new Script(rules, kernel));
    if (!script) return status.illegal;
    const { withLock } = await import('./converge.ts');
    return withLock(streams, options.wait ?? 0, async () => {
      await kernel.ipvs.flush();
      return script.run(streams);
    });
  });
}

/** Tells what is wrong with the rules; those for a whole table must not contradict each other either. */
async function checkOnly(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.sync) {
    const { readDesired } = await import('./converge.ts');
    return (await readDesired(options, streams)) ? status.done : status.illegal;
  }
  return (await readRules(options, streams, (rules) => [...rules])) ? status.done : status.illegal;
}

/**
 * What `make` makes of the rules on standard input, which it has to go through. It may be called more than once. Where
 * any of them is wrong, all such are told, and there is nothing to be made.
 */
export async function readRules<T>(
  { json, sync }: RestoreOptions,
  { input, err }: Streams,
  make: (rules: Iterable<Rule>) => T,
): Promise<T | undefined> {
  const text = input();
  let errors: readonly BadRule[] = [];
  let made: T;
  if (json) {
    const { parseJsonRules } = await import('../rules/json/rules.ts');
    const file = parseJsonRules(text, { isWholeTable: sync });
    errors = file.errors;
    made = make(file.rules);
  } else {
    made = await withNames((names) => {
      const wrong: BadRule[] = [];
      errors = wrong;
      return make(rulesIn(text, names, wrong));
    });
  }
  for (const error of errors) err.write(`${badRuleSentence(error)}\n`);
  return errors.length === 0 ? made : undefined;
}

/** Names the place, what is wrong there, and the word. */
export function badRuleSentence({ place, text, error: { fault } }: BadRule): string {
  const sentence =
    fault.code === 'no-command' ? `no command: ${text.trim()}` : faultSentence(fault).trimEnd();
  const word =
    fault.code === 'illegal-value' && !sentence.includes(`\`${fault.value}'`) ? `: ${fault.value}` : '';
  return `${placeName(place)}: ${sentence}${word}`.replace(/\p{Cc}/gu, '?');
}
