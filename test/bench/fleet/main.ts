import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { tool, wholeNumber } from '../../../packaging/tool.ts';
import { manyRules, ruleCount } from './rules.ts';
import { type Trial, tryFleet } from './trial.ts';

interface Options {
  readonly agents: readonly number[];
  readonly idle: number;
  readonly save?: true;
}

await tool(
  'npm run bench:fleet --',
  'Measures fleets of agents with simulated kernels, on an etcd 3.5 cluster of three members.',
)
  .option(
    '--agents <numbers>',
    'sizes of the fleets, comma-separated',
    (words: string) => words.split(',').map(wholeNumber(1)),
    [10, 100, 1000],
  )
  .option('--idle <seconds>', 'how long to measure each fleet while it is idle', wholeNumber(1), 60)
  .option('--save', 'add a dated table to test/bench/RESULTS.md')
  .action(async ({ agents, idle, save }: Options) => {
    const before = loadavg()[0] ?? 0;
    const rules = manyRules();
    const trials: Trial[] = [];
    for (const count of agents) {
      const trial = await tryFleet(count, rules, idle);
      trials.push(trial);
      process.stderr.write(`${JSON.stringify(trial)}\n`);
    }
    const text = sectionOf(trials, before);
    process.stdout.write(text);
    if (save) appendFileSync(fileURLToPath(new URL('../RESULTS.md', import.meta.url)), text);
  })
  .parseAsync();

/** Returns a dated section for `RESULTS.md`. */
function sectionOf(trials: readonly Trial[], load: number): string {
  const revision = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim()}, Node ${process.versions.node}`;
  const titles = [
    'agents',
    ...['published', 'planned', 'converged'].map((word) => `${word} (s)`),
    ...['etcd: CPU (s)', 'MB', 'requests', 'largest member (MB)', 'database (MB)'],
    ...['idle hour: CPU (s)', 'busiest member', 'MB', 'requests'],
  ];
  const rows = trials.map(({ agents, published, planned, converged, rollout, idleHour }) => [
    ...[agents, published, planned, converged, rollout.cpu, megabytes(rollout.bytes), rollout.requests],
    ...[megabytes(rollout.memory), megabytes(rollout.database)],
    ...[idleHour.cpu, idleHour.busiest, megabytes(idleHour.bytes), idleHour.requests],
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `
## ${new Date().toISOString().slice(0, 10)}, revision ${revision}: fleets

${ruleCount} rules for agents with simulated kernels, on etcd 3.5 with three members and its data in memory. All on the same
${machine}, whose load was ${load.toFixed(1)} before. _Published_, _planned_ and _converged_ count from the start of publishing. MB and
requests are those of etcd's clients, summed over all members; with JSON, there are a third more bytes. The idle hour is
extrapolated from ${trials[0]?.idleSeconds} s.

${[titles, titles.map(() => '---:'), ...rows.map((row) => row.map(figure))].map(line).join('\n')}
`;
}

function megabytes(bytes: number): number {
  return bytes / 1e6;
}

function figure(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value));
}
