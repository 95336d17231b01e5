import { spawn } from 'node:child_process';
import { lookup, lookupService } from 'node:dns/promises';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookupsAtOnce, type Question } from '../port.ts';

/** Milliseconds after which the remaining items go to a process of their own. */
const processDelay = 100;

/**
 * Implements {@link Platform.askResolver}.
 *
 * Node lets at most half of its threads wait for names, and their number is fixed at the start: that makes two. Items that
 * are left after a moment go to a separate process, which starts with many threads. With a signal all of them go there:
 * Node does not end before its threads have their answers.
 */
export async function askResolver(
  question: Question,
  items: Iterable<string>,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
      const answer = await ask[question](item).catch(() => undefined);
      if (answer !== undefined) answers.set(item, answer);
    }
  };
  const here = signal ? undefined : Promise.all([worker(), worker()]);
  if (here) await waitBriefly(here);
  const rest = queue.splice(0);
  if (rest.length > 0) {
    const more = await askChildProcess(question, rest, signal).catch(() => undefined);
    if (more) for (const [item, answer] of more) answers.set(item, answer);
    else if (!signal?.aborted) queue.push(...rest);
  }
  await (queue.length > 0 ? Promise.all([here, worker(), worker()]) : here);
  return answers;
}

/** Waits for `work`, but no longer than {@link processDelay}. */
async function waitBriefly(work: Promise<unknown>): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([work, sleep(processDelay, undefined, { signal: waiting.signal }).catch(() => {})]);
  waiting.abort();
}

const ask: Record<Question, (item: string) => Promise<string>> = {
  address: async (host) => (await lookup(host, { family: 4 })).address,
  name: async (address) => decodeName((await lookupService(address, 0)).hostname),
};

/** Decodes a name, which Node returns as one character for each byte, as UTF-8. */
function decodeName(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

/** Asks from a process with enough threads for {@link lookupsAtOnce} concurrent lookups. Rejects when that fails. */
async function askChildProcess(
  question: Question,
  items: readonly string[],
  signal: AbortSignal | undefined,
): Promise<[string, string][]> {
  const child = spawn(process.execPath, ['--input-type=commonjs', '--eval', childProgram, question], {
    env: { ...process.env, UV_THREADPOOL_SIZE: String(2 * lookupsAtOnce) },
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(signal && { signal }),
  });
  const failure = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.stdin.on('error', reject);
  });
  child.stdin.end(JSON.stringify(items));
  return JSON.parse(await Promise.race([readText(child.stdout), failure]));
}

/**
 * Source of that process's program: it reads items as JSON from standard input, and writes pairs of item and answer to
 * standard output.
 */
const childProgram = `
const { lookup, lookupService } = require('node:dns/promises');
const ask = {
  address: async (host) => (await lookup(host, { family: 4 })).address,
  name: async (address) => Buffer.from((await lookupService(address, 0)).hostname, 'latin1').toString(),
}[process.argv[1]];
const pair = (item) => ask(item).then((answer) => [[item, answer]], () => []);
require('node:stream/consumers')
  .json(process.stdin)
  .then((items) => Promise.all(items.map(pair)))
  .then((pairs) => process.stdout.write(JSON.stringify(pairs.flat())));
`;
