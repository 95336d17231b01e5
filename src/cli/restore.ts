import type { IpvsRequest } from '../ipvs/requests.ts';
import { withNames } from '../names/lookup.ts';
import { NetlinkError } from '../netlink/errors.ts';
import type { CommandName, RestoreOptions } from '../rules/command.ts';
import { requestOf } from '../rules/request.ts';
import { type BadRule, type CheckedRules, checkRules, type Place, type Rule } from '../rules/rule-file.ts';
import { helpText, versionText } from './help.ts';
import type { Kernel } from './kernel.ts';
import { type Streams, withKernel } from './main.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { faultSentence, placeName, refusalSentence } from './sentences.ts';
import { status } from './status.ts';

/**
 * Does what `ipvsadm --restore` is told to do with the rules on standard input, and gives the exit status. All of
 * them are read and checked first: where a line is wrong, all such lines are told and nothing is done.
 */
export async function restore(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.check) return checkOnly(options, streams);
  return withKernel(streams, async (kernel) => {
    const file = await readRules(streams, options);
    if (!check(file, streams)) return status.illegal;
    if (!options.sync) return runRules(file.rules, kernel, streams, file.count);
    const { converge } = await import('./converge.ts');
    return converge(file.rules, kernel, streams, options);
  });
}

/** Removes all services and runs the rules on standard input, once they have been checked. */
export async function restoreOnEmpty(options: RestoreOptions, streams: Streams): Promise<number> {
  return withKernel(streams, async (kernel) => {
    const file = await readRules(streams, options);
    if (!check(file, streams)) return status.illegal;
    const { withLock } = await import('./converge.ts');
    return withLock(streams, options.wait ?? 0, async () => {
      await kernel.ipvs.flush();
      return runRules(file.rules, kernel, streams, file.count);
    });
  });
}

/** Tells what is wrong with the rules; those for a whole table must not contradict each other either. */
async function checkOnly(options: RestoreOptions, streams: Streams): Promise<number> {
  const file = await readRules(streams, options);
  if (!check(file, streams)) return status.illegal;
  if (!options.sync) return status.done;
  const { readDesired } = await import('./converge.ts');
  return readDesired(file.rules, streams) ? status.done : status.illegal;
}

async function readRules({ input }: Streams, { json, sync }: RestoreOptions): Promise<CheckedRules> {
  const text = input();
  if (json) {
    const { parseJsonRules } = await import('../rules/json/rules.ts');
    const file = parseJsonRules(text, { isWholeTable: sync });
    return { ...file, count: file.rules.length };
  }
  return withNames((names) => checkRules(text, names));
}

/** Tells all that is wrong; whether nothing is. */
function check({ errors }: CheckedRules, { err }: Streams): boolean {
  for (const error of errors) err.write(`${badRuleSentence(error)}\n`);
  return errors.length === 0;
}

/**
 * Runs commands in order, `count` of them if that is known, and gives the exit status. What the kernel refuses is told
 * with its line; the rest goes on.
 */
export async function runRules(
  rules: Iterable<Rule>,
  kernel: Kernel,
  { out, err }: Streams,
  count?: number,
): Promise<number> {
  const progress = new Progress('restoring');
  let done = 0;
  let result: number = status.done;
  const tell = (place: Place, name: CommandName, error: NetlinkError) => {
    err.write(`${placeName(place)}: ${refusalSentence(error, name)}\n`);
    result = status.refused;
  };
  const iterator = rules[Symbol.iterator]();
  let next = iterator.next();
  while (!next.done) {
    const { place, command } = next.value;
    if (command.name === 'help' || command.name === 'version') {
      out.write(command.name === 'help' ? helpText() : versionText());
      break;
    }
    if (command.name === 'list' || command.name === 'save') {
      await print(command, kernel, out).catch((error: unknown) => {
        if (!(error instanceof NetlinkError)) throw error;
        tell(place, command.name, error);
      });
      next = iterator.next();
      continue;
    }
    const places: Place[] = [];
    const names: CommandName[] = [];
    const outcomes = await kernel.ipvs.batch(upToPrinting(places, names));
    progress.end();
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome) tell(places[index] ?? '', names[index] ?? 'restore', outcome);
    }
  }
  return result;

  /** Requests up to the next rule that only prints, made as they can be sent; notes where they come from. */
  function* upToPrinting(places: Place[], names: CommandName[]): Generator<IpvsRequest> {
    for (; !next.done; next = iterator.next()) {
      const { place, command } = next.value;
      const request = requestOf(command);
      if (!request) return;
      places.push(place);
      names.push(command.name);
      progress.at(done++, count);
      yield request;
    }
  }
}

/** Names the place, what is wrong there, and the word. */
export function badRuleSentence({ place, text, error: { fault } }: BadRule): string {
  const sentence =
    fault.code === 'no-command' ? `no command: ${text.trim()}` : faultSentence(fault).trimEnd();
  const word =
    fault.code === 'illegal-value' && !sentence.includes(`\`${fault.value}'`) ? `: ${fault.value}` : '';
  return `${placeName(place)}: ${sentence}${word}`.replace(/\p{Cc}/gu, '?');
}
