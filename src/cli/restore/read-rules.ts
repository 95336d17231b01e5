import type { Ipvs } from '../../ipvs/client.ts';
import { withNames } from '../../names/lookup.ts';
import type { RestoreOptions } from '../../rules/command.ts';
import { badRuleSentence } from '../../rules/messages.ts';
import type { NameLookup } from '../../rules/names.ts';
import type { BadRule, Rule } from '../../rules/rule.ts';
import { checkRuleBlocks, parseRuleBlocks } from '../../rules/rule-file.ts';
import { lazy } from '../lazy.ts';
import { InputError } from '../stdio/input.ts';
import type { Streams } from '../stdio/streams.ts';
import { Script } from './script.ts';

/**
 * Reads the rules on standard input. Reports all faults in them, or why they cannot be read, and resolves to
 * `undefined` then.
 */
export function readRules(options: RestoreOptions, streams: Streams): Promise<readonly Rule[] | undefined> {
  return readChecked(options, streams, {
    file(blocks, names) {
      const { rules, errors } = parseRuleBlocks(blocks, names);
      return [rules, errors];
    },
    rules: (rules) => rules,
  });
}

/** Reads the rules on standard input as a script to run; reports faults as {@link readRules} does. */
export function readScript(
  options: RestoreOptions,
  streams: Streams,
  ipvs: Ipvs,
): Promise<Script | undefined> {
  return readChecked(options, streams, {
    file(blocks, names) {
      const script = new Script(ipvs);
      return [script, script.addFile(blocks, names)];
    },
    rules: (rules) => Script.of(rules, ipvs),
  });
}

/** Reports all faults in the rules on standard input; resolves to `true` if there are none. */
export async function checkRules(options: RestoreOptions, streams: Streams): Promise<boolean> {
  const checked = await readChecked(options, streams, {
    file: (blocks, names) => [true, checkRuleBlocks(blocks, names)],
    rules: () => true,
  });
  return checked === true;
}

/** Functions that build a result from rules. */
interface RuleConsumer<T> {
  /** Reads a rule file in blocks of whole lines. Called again after host names had to be looked up. */
  file(blocks: readonly Buffer[], names: NameLookup): readonly [T, readonly BadRule[]];
  /** Takes the rules of a JSON document. */
  rules(rules: readonly Rule[]): T;
}

async function readChecked<T>(
  { json, sync }: RestoreOptions,
  streams: Streams,
  consumer: RuleConsumer<T>,
): Promise<T | undefined> {
  const { err } = streams;
  const blocks = await inputOf(streams);
  if (!blocks) return undefined;
  let result: T;
  let errors: readonly BadRule[];
  if (json) {
    const { parseJsonRules } = await lazy.jsonRules();
    const file = parseJsonRules(Buffer.concat(blocks).toString('utf8'), { isWholeTable: sync });
    errors = file.errors;
    result = consumer.rules(file.rules);
  } else {
    [result, errors] = await withNames((names) => consumer.file(blocks, names));
  }
  if (errors.length === 0) return result;
  for (const error of errors) err.write(`${badRuleSentence(error)}\n`);
  return undefined;
}

/** Reads the input; reports where it cannot be read, and resolves to `undefined`. */
async function inputOf({ input, err }: Streams): Promise<readonly Buffer[] | undefined> {
  try {
    return await input();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    err.write(`${error.message}\n`);
    return undefined;
  }
}
