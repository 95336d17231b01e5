import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeConnections } from './connections.ts';
import { rulesOf, type Work, works } from './work.ts';

/** Runs in the lab: builds the tables, times both tools side by side, and prints the table of ratios. */
const runs = Number(process.argv[2] ?? 5);
const connectionCount = Number(process.argv[3] ?? 300_000);
const reference = process.env.IPVSADM_REFERENCE ?? 'ipvsadm';
const ours = fileURLToPath(new URL('../../bin/ipvsadm', import.meta.url));
const isUml = process.env.IPVSADM_LAB === 'uml';
const files = { wide: '/tmp/wide.rules', deep: '/tmp/deep.rules' };

writeFileSync(files.wide, [...rulesOf(5000, 10)].join(''));
writeFileSync(files.deep, [...rulesOf(10, 1000)].join(''));

process.stdout.write(`${row('work', 'reference', 'ours', 'ratio', 'wanted')}\n`);
for (const work of works) {
  const [theirs, mine] = measure(work);
  const wanted = isUml ? work.target.uml : work.target.qemu;
  process.stdout.write(
    `${row(work.title, seconds(theirs), seconds(mine), (theirs / mine).toFixed(2), `≥ ${wanted}`)}\n`,
  );
}

process.stdout.write('\nThe floor: what the machine takes by itself\n');
namespace('floor', 'wide');
for (const words of [
  [process.execPath, '-e', '0'],
  [ours, '--version'],
  [ours, '-Ln'],
  ['cat', '/proc/net/ip_vs'],
]) {
  const isEmpty = words[0] === ours;
  const title = `${words.map((word) => word.split('/').at(-1)).join(' ')}${isEmpty && words[1] === '-Ln' ? ', empty table' : ''}`;
  const space = isEmpty ? namespace('empty', 'none') : 'floor';
  process.stdout.write(`${row(title, '', seconds(median(times(() => time(space, words)))), '', '')}\n`);
}

/** Median times of the reference and of ours, taken in turn. */
function measure({ table, words, input }: Work): [number, number] {
  // An -R changes its table: each run has a new one. One that ended with a flush would be slower: the kernel
  // keeps what was removed for a while, and looks through that.
  const shared = input ? undefined : namespace('shared', table);
  const theirs: number[] = [];
  const mine: number[] = [];
  for (let run = 0; run < (input === 'wide' ? Math.min(runs, 3) : runs); run++) {
    theirs.push(time(shared ?? namespace('theirs', table), [reference, ...words], input));
    mine.push(time(shared ?? namespace('mine', table), [ours, ...words], input));
  }
  return [median(theirs), median(mine)];
}

/** A new network namespace with a table in it. */
function namespace(name: string, table: Work['table']): string {
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  if (table === 'wide' || table === 'deep') time(name, [ours, '-R'], table);
  if (table === 'connections') makeConnections(name, connectionCount);
  return name;
}

/** Milliseconds that a command takes in a namespace. */
function time(space: string, words: readonly string[], input?: 'wide' | 'deep'): number {
  const stdin = input ? openSync(files[input], 'r') : 'ignore';
  const start = performance.now();
  const { status } = spawnSync('ip', ['netns', 'exec', space, ...words], {
    stdio: [stdin, 'ignore', 'inherit'],
  });
  const taken = performance.now() - start;
  if (typeof stdin === 'number') closeSync(stdin);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`);
  return taken;
}

function times(task: () => number): number[] {
  return Array.from({ length: runs }, task);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function row(title: string, theirs: string, mine: string, ratio: string, wanted: string): string {
  return `${title.padEnd(44)} ${theirs.padStart(9)} ${mine.padStart(9)} ${ratio.padStart(7)} ${wanted.padStart(6)}`;
}
