import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binFolderOf } from '../lab/project.ts';
import { makeConnections } from './connections.ts';
import { type Cost, median, peak, time } from './measure.ts';
import { programs } from './programs.ts';
import { ruleFiles, rulesOf, type TableName, type Work, works } from './work.ts';

/** Runs in the lab: builds the tables, times the programs in turn, and prints the table of ratios. */
const runs = Number(process.argv[2]);
const target = process.env.IPVSADM_LAB === 'uml' ? 'uml' : 'qemu';
/** Linux 6.1 takes the longer for a page of the file the further on it is: emulated, over ten minutes for 300,000. */
const connectionCount = Number(process.argv[3]) || (target === 'uml' ? 300_000 : 40_000);
const isLarge = process.argv[4] === 'large';
const [, ...ours] = programs;
/** How many single commands of a program are timed; a thousand would take ten minutes elsewhere. */
const singles = target === 'uml' && process.argv[5] ? 1000 : 100;
/** So many of them are run at a time, and then as many of the next program. */
const singlesInTurn = 20;
/** What makes the tables, and what is looked at more closely: the build that Node runs. */
const builder = join(binFolderOf('node'), 'ipvsadm');

for (const [name, [services, servers]] of Object.entries(ruleFiles)) {
  writeFileSync(fileOf(name), [...rulesOf(services, servers)].join(''));
}

// First of all, as memory that others have used and given back is slower: a tenth of what such a command takes.
say(row(`${singles} single -a from a shell, ms each`, ['reference', ...ours.map(({ name }) => name)]));
const single = measureSingle();
say(
  row(
    '',
    single.map((milliseconds) => milliseconds.toFixed(1)),
  ),
);
const [, nodes, executables] = single;
if (nodes && executables) {
  say(row('the executable against the build for Node', [(nodes / executables).toFixed(2), '≥ 4']));
}

say(row('\nwork, seconds', ['reference', ...ours.flatMap(({ name }) => [name, 'ratio', 'MB']), 'wanted']));
for (const work of works) {
  const [theirs, ...mine] = await measure(work);
  if (!theirs) continue;
  const cells = mine.flatMap((cost) => [
    seconds(cost.milliseconds),
    (theirs.milliseconds / cost.milliseconds).toFixed(2),
    cost.megabytes.toFixed(0),
  ]);
  say(row(titleOf(work), [seconds(theirs.milliseconds), ...cells, `≥ ${work.target[target]}`]));
}

say('\nStarting, × the time of node -e 0, run in turn');
namespace('empty', 'none');
const node = [process.execPath, '-e', '0'];
for (const [words, limit] of [
  [['--version'], 1.25],
  [['-Ln'], 1.4],
] as const) {
  for (const { name, path } of ours) {
    const [floor = Number.NaN, start = Number.NaN] = inTurn('empty', [node, [path, ...words]], 3 * runs);
    say(row(`${words.join(' ')} of ${name}, empty table`, [(start / floor).toFixed(2), `≤ ${limit}`]));
  }
}

say('\nThe floor: what the machine takes by itself, seconds');
namespace('floor', 'wide');
for (const [title, words] of [
  ['node -e 0', node],
  ['cat /proc/net/ip_vs', ['cat', '/proc/net/ip_vs']],
] as const) {
  say(row(title, inTurn('floor', [words], runs).map(seconds)));
}
namespace('floor', 'connections');
const reading = inTurn('floor', [['cat', '/proc/net/ip_vs_conn']], runs);
say(row('cat /proc/net/ip_vs_conn', reading.map(seconds)));

if (isLarge) await measureLarge();

function titleOf({ title, table }: Work): string {
  return table === 'connections' ? `${title} (${connectionCount})` : title;
}

/** The cost of a work to each of the programs, taken in turn. */
async function measure({ table, words, input }: Work): Promise<Cost[]> {
  const commands = programs.map(({ path }) => [path, ...words]);
  const file = input && fileOf(input);
  // An -R changes its table: each run has a new one. One that ended with a flush would be slower: the kernel
  // keeps what was removed for a while, and looks through that.
  const renew = () => namespace('own', table);
  if (!input) renew();
  const times: number[][] = commands.map(() => []);
  for (let round = 0; round < (input === 'wide' ? Math.min(runs, 3) : runs); round++) {
    for (const [index, command] of commands.entries()) {
      if (input) renew();
      times[index]?.push(time('own', command, file));
    }
  }
  const costs: Cost[] = [];
  for (const [index, command] of commands.entries()) {
    // Nobody wants to know that of the reference, whose -R takes its time.
    const isReference = index === 0;
    if (input && !isReference) renew();
    const megabytes = isReference ? Number.NaN : await peak('own', command, file);
    costs.push({ milliseconds: median(times[index] ?? []), megabytes });
  }
  return costs;
}

/** The milliseconds of a process that adds one server, to each of the programs: the median of loops of some. */
function measureSingle(): number[] {
  const loop = `
    for i in $(seq ${singlesInTurn}); do
      "$0" -a -t 10.0.0.1:80 -r "172.16.$1.$i:80" -g || exit
    done`;
  const times: number[][] = programs.map(() => []);
  for (const [index] of programs.entries()) {
    namespace(`single${index}`, 'none');
    time(`single${index}`, [builder, '-A', '-t', '10.0.0.1:80']);
  }
  for (let round = 0; round < singles / singlesInTurn; round++) {
    for (const [index, { path }] of programs.entries()) {
      times[index]?.push(time(`single${index}`, ['sh', '-c', loop, path, String(round)]) / singlesInTurn);
    }
  }
  return times.map(median);
}

/** The median of the milliseconds of commands that change nothing, each run so often, in turn. */
function inTurn(space: string, commands: readonly (readonly string[])[], rounds: number): number[] {
  const times: number[][] = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) times[index]?.push(time(space, command));
  }
  return times.map(median);
}

/** How cost grows with the work, and the memory that very large tables take. */
async function measureLarge(): Promise<void> {
  say('\nGrowth of the build that Node runs: seconds at 1×, 4× and 16×');
  for (const words of [['-R'], ['-Ln'], ['-Sn'], ['-Ln', '--stats']]) {
    const cells: string[] = [];
    for (const name of ['quarter', 'wide', 'fourfold'] as const) {
      namespace('growing', 'none');
      const restored = time('growing', [builder, '-R'], fileOf(name));
      cells.push(seconds(words[0] === '-R' ? restored : time('growing', [builder, ...words])));
    }
    say(row(words.join(' '), cells));
  }
  const connections = [connectionCount / 4, connectionCount, 4 * connectionCount];
  const cells: string[] = [];
  for (const count of connections) {
    namespace('growing', 'connections', count);
    cells.push(seconds(time('growing', [builder, '-Lnc'])));
  }
  say(row(`-Lnc of ${connections.join(', ')}`, cells));

  say('\nMemory');
  namespace('growing', 'none');
  const restoring = await peak('growing', [builder, '-R'], fileOf('huge'));
  say(row('-R of 550,000 rules, MB', [restoring.toFixed(0), '≤ 400']));
  for (const count of [100_000, 1_000_000]) {
    namespace('growing', 'connections', count);
    const listing = await peak('growing', [builder, '-Lnc']);
    say(row(`-Lnc of ${count}, MB`, [listing.toFixed(0), '≤ 120']));
  }
}

/** Makes a network namespace anew, with a table in it. */
function namespace(name: string, table: TableName, count = connectionCount): void {
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  if (table === 'wide' || table === 'deep') time(name, [builder, '-R'], fileOf(table));
  if (table === 'connections') makeConnections(name, count);
}

function fileOf(name: string): string {
  return `/tmp/${name}.rules`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}

function row(title: string, cells: readonly string[]): string {
  return `${title.padEnd(47)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
