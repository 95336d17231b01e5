import { spawn } from 'node:child_process';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { dns } from 'bun';
import { lookupsAtOnce, type Question } from '../port.ts';

const program = '/usr/bin/getent';

/** Milliseconds after which the addresses are also divided among parallel processes. */
const parallelDelay = 200;

/**
 * Implements {@link Platform.askResolver}.
 *
 * This runtime's own lookups of names bypass nsswitch.conf(5): getent(1) asks as every program on the system does. One
 * process looks up all addresses in turn; if that takes long, they are also divided among many processes. Rejects when
 * getent cannot be run.
 */
export async function askResolver(
  question: Question,
  items: Iterable<string>,
  aborted?: AbortSignal,
): Promise<Map<string, string>> {
  const all = [...items];
  if (question === 'address') return addressesOf(all);
  const ending = new AbortController();
  const { signal } = ending;
  const end = () => ending.abort();
  aborted?.addEventListener('abort', end);
  try {
    const inTurn = namesInTurn(all, signal);
    const early = await Promise.race([inTurn, sleep(parallelDelay, undefined, { signal })]);
    return early ?? (await Promise.race([inTurn, namesSideBySide(all, signal)]));
  } finally {
    ending.abort();
    aborted?.removeEventListener('abort', end);
  }
}

/** Looks up the IPv4 addresses of hosts. */
async function addressesOf(hosts: readonly string[]): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const ask = async (host: string) => {
    const [first] = await dns.lookup(host, { family: 4, backend: 'libc' }).catch(() => []);
    if (first) answers.set(host, first.address);
  };
  await Promise.all(hosts.map(ask));
  return answers;
}

/** Looks up the names of addresses, divided among parallel processes. */
async function namesSideBySide(
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const share = Math.ceil(addresses.length / lookupsAtOnce);
  const starts = Array.from({ length: Math.ceil(addresses.length / share) }, (_, index) => index * share);
  const shares = starts.map((start) => namesInTurn(addresses.slice(start, start + share), signal));
  return new Map((await Promise.all(shares)).flatMap((names) => [...names]));
}

/** Maximum number of addresses on one command line, which has room for that many of the longest. */
const commandLineShare = 10_000;

/** Looks up the names of addresses, one after the other. */
async function namesInTurn(addresses: readonly string[], signal: AbortSignal): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (let at = 0; at < addresses.length; at += commandLineShare) {
    const output = await getent(addresses.slice(at, at + commandLineShare), signal);
    for (const [, address, name] of output.matchAll(/^(\S+) +([^ \n]+)/gm))
      if (address && name) answers.set(address, name);
  }
  return answers;
}

/** Returns the output of getent for these hosts, which leaves out unknown ones. Aborting `signal` cuts it short. */
async function getent(keys: readonly string[], signal: AbortSignal): Promise<string> {
  if (keys.length === 0 || signal.aborted) return '';
  const child = spawn(program, ['hosts', '--', ...keys], { stdio: ['ignore', 'pipe', 'ignore'] });
  const end = () => child.kill();
  signal.addEventListener('abort', end);
  try {
    const failure = new Promise<never>((_, reject) => {
      child.on('error', (error) => reject(new Error(`getent: ${error.message}`, { cause: error })));
    });
    return await Promise.race([readText(child.stdout), failure]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
