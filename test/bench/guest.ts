import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binFolderOf } from '../lab/project.ts';
import { makeConnections } from './connections.ts';
import { peak, type Run, time, typical } from './measure.ts';
import { programs } from './programs.ts';
import { type Cost, type Result, type Results, resultsFile } from './results.ts';
import { type RuleFileName, ruleFile, ruleFiles, rulesOf, type TableName, type Work, works } from './work.ts';

/** Runs in the lab: builds the tables, times the programs in turn, and prints their costs side by side. */
const runs = Number(process.argv[2]);
const target = process.env.IPVSADM_LAB === 'uml' ? 'uml' : 'qemu';
/** Number of connections. Linux 6.1 takes longer for each further page of the file: emulated, over ten minutes for 300,000. */
const connectionCount = Number(process.argv[3]) || (target === 'uml' ? 300_000 : 40_000);
const isLarge = process.argv[4] === 'large';
const [, ...ours] = programs;
/** The program that makes the tables, and that is measured in more detail: the build that Node runs. */
const builder = join(binFolderOf('node'), 'ipvsadm');

for (const [name, [services, servers]] of Object.entries(ruleFiles)) {
  writeFileSync(ruleFile(name as RuleFileName), [...rulesOf(services, servers)].join(''));
}

const headings = ours.flatMap(({ name }) => [name, 'own', 'ratio', 'MB']);
printLine(row('milliseconds', ['reference', 'own', ...headings, 'target']));
const results: Result[] = [];
for (const work of works) {
  const result = await measure(work);
  results.push(result);
  printLine(row(result.title, cellsOf(result)));
}

printLine('\nThe floor: the least that any program must do, wall and own time in milliseconds');
for (const { title, floor } of results) {
  printLine(row(`${title}: ${floor.name}`, [count(floor.cost.wall), count(floor.cost.own)]));
}

if (isLarge) await measureLarge();

const kernel = readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim();
const found: Results = { kernel: `${kernel} (${process.env.IPVSADM_LAB})`, runs, results };
writeFileSync(join(process.env.IPVSADM_LAB_RESULTS ?? '/tmp', resultsFile), JSON.stringify(found));

/** Returns a row's cells: times and memory, and the ratios of the reference's wall time to ours. */
function cellsOf({ costs, target }: Result): string[] {
  const [theirs, ...mine] = costs.map(({ cost }) => cost);
  if (!theirs) return [];
  const cells = mine.flatMap((cost) => [
    count(cost.wall),
    count(cost.own),
    (theirs.wall / cost.wall).toFixed(2),
    count(cost.megabytes),
  ]);
  return [count(theirs.wall), count(theirs.own), ...cells, target === undefined ? '' : `≥ ${target}`];
}

/** Measures the cost of a piece of work for each program, timed in turn, and for its floor. */
async function measure(work: Work): Promise<Result> {
  const { title, table, input, loop = 1, rounds = runs, changes } = work;
  const file = input && ruleFile(input);
  // A flushed table would be slower than a new one: the kernel keeps removed entries for a while, and searches through
  // them.
  const renew = () => namespace('own', table);
  renew();
  const script =
    loop === 1 ? `exec "$0" ${work.words}` : `for i in $(seq ${loop}); do "$0" ${work.words} || exit; done`;
  const wordsOf = (path: string) => ['bash', '-c', script, path];
  const commands = [...programs.map(({ path }) => wordsOf(path)), work.floor, ['true']];
  const isProgram = (index: number) => index < programs.length;
  const times: Run[][] = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) {
      if (changes && isProgram(index)) renew();
      times[index]?.push(time('own', command, isProgram(index) ? file : undefined));
    }
  }
  const [floor, nothing] = times.slice(programs.length).map(typical);
  const costs: Result['costs'][number][] = [];
  for (const [index, { name, path }] of programs.entries()) {
    const cost = costOf(typical(times[index] ?? []), nothing, loop);
    // The reference's memory is of no interest, and its -R is slow.
    const measuresMemory = index > 0 && loop === 1;
    if (measuresMemory && changes) renew();
    const megabytes = measuresMemory ? await peak('own', wordsOf(path), file) : undefined;
    costs.push({ program: name, cost: { ...cost, ...(megabytes !== undefined && { megabytes }) } });
  }
  return {
    title: table === 'connections' ? `${title} (${connectionCount})` : title,
    target: work.target?.[target],
    floor: {
      name: work.floor.map((word) => word.split('/').at(-1)).join(' '),
      cost: costOf(floor, nothing, 1),
    },
    costs,
  };
}

/** Returns the cost of one run of a loop; own time is without that of starting any command. */
function costOf(run: Run | undefined, nothing: Run | undefined, loop: number): Cost {
  const { wall = Number.NaN, own } = run ?? {};
  return { wall: wall / loop, own: own === undefined ? undefined : (own - (nothing?.own ?? 0)) / loop };
}

/** Measures how the cost grows with the work, and the memory that very large tables take. */
async function measureLarge(): Promise<void> {
  printLine('\nGrowth of the build that Node runs: milliseconds at 1×, 4× and 16×');
  for (const words of [['-R'], ['-Ln'], ['-Sn'], ['-Ln', '--stats']]) {
    const cells: string[] = [];
    for (const name of ['quarter', 'wide', 'fourfold'] as const) {
      namespace('growing', 'none');
      const restored = time('growing', [builder, '-R'], ruleFile(name));
      cells.push(count((words[0] === '-R' ? restored : time('growing', [builder, ...words])).wall));
    }
    printLine(row(words.join(' '), cells));
  }
  const connections = [connectionCount / 4, connectionCount, 4 * connectionCount];
  const cells: string[] = [];
  for (const number of connections) {
    namespace('growing', 'connections', number);
    cells.push(count(time('growing', [builder, '-Lnc']).wall));
  }
  printLine(row(`-Lnc of ${connections.join(', ')}`, cells));

  printLine('\nMemory');
  namespace('growing', 'none');
  const restoring = await peak('growing', [builder, '-R'], ruleFile('huge'));
  printLine(row('-R of 550,000 rules, MB', [restoring.toFixed(0), '≤ 400']));
  for (const number of [100_000, 1_000_000]) {
    namespace('growing', 'connections', number);
    const listing = await peak('growing', [builder, '-Lnc']);
    printLine(row(`-Lnc of ${number}, MB`, [listing.toFixed(0), '≤ 120']));
  }
}

/** Recreates a network namespace, with a table in it. */
function namespace(name: string, table: TableName, number = connectionCount): void {
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  if (table === 'one') time(name, [builder, '-A', '-t', '10.0.0.1:80']);
  if (table === 'wide' || table === 'deep') time(name, [builder, '-R'], ruleFile(table));
  if (table === 'connections') makeConnections(name, number);
}

function count(value: number | undefined): string {
  if (value === undefined) return '–';
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function row(title: string, cells: readonly string[]): string {
  return `${title.padEnd(32)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`;
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
