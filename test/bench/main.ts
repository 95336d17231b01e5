import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import { tool, wholeNumber } from '../../packaging/tool.ts';
import { type KernelName, kernelNames } from '../lab/backends/backend.ts';
import { runInLab } from '../lab/lab.ts';
import { nodeWithTypeScript } from '../lab/project.ts';
import { answerClock } from './own-code.ts';
import { type Results, resultsFile, resultsSection } from './results.ts';

await tool(
  'npm run bench --',
  'Measures our commands and ipvsadm 1.31 on the same booted kernel, and compares them.',
)
  .addOption(
    new Option(
      '--kernel <name>',
      "the kernel (default: this machine's own if it has IPVS, else uml)",
    ).choices(kernelNames),
  )
  .option('--runs <number>', 'runs of each command, of which the median counts', wholeNumber(1), 5)
  .option(
    '--connections <number>',
    'connections in the table (default: 300000, or 40000 on an emulated kernel)',
    wholeNumber(1),
  )
  .option(
    '--one-processor',
    'keep the kernel on one processor, which makes system calls of uml 20 times as fast',
  )
  .option('--large', 'also measure how cost grows, and the memory for very large tables: ten minutes more')
  .option('--save', 'add a dated table to test/bench/RESULTS.md')
  .action(async (options: Options) => {
    process.exitCode = await main(options);
  })
  .parseAsync();

interface Options {
  readonly kernel?: KernelName | undefined;
  readonly runs: number;
  readonly connections?: number | undefined;
  readonly oneProcessor?: true | undefined;
  readonly large?: true | undefined;
  readonly save?: true | undefined;
}

/** Times the programs in the lab, where their costs, the ratios and the floors are printed. Returns the exit status. */
async function main({ kernel, runs, connections, oneProcessor, large, save }: Options): Promise<number> {
  const guest = fileURLToPath(new URL('guest.ts', import.meta.url));
  const program = [
    ...nodeWithTypeScript,
    guest,
    String(runs),
    String(connections ?? ''),
    large ? 'large' : '',
  ];
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-bench-'));
  let stopClock = () => {};
  try {
    const { code } = await runInLab(program, {
      kernel,
      results: folder,
      timeLimit: 7200,
      anyProcessor: !oneProcessor,
      memory: large ? '5G' : '3G',
      onStart: (pid) => {
        stopClock = answerClock(folder, pid);
      },
      onOutput: (stream, chunk) => process[stream].write(chunk),
    });
    if (code === 0 && save) keepResults(folder, oneProcessor === true);
    return code;
  } finally {
    stopClock();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds the guest's results to `RESULTS.md`. */
function keepResults(folder: string, oneProcessor: boolean): void {
  const results: Results = JSON.parse(readFileSync(join(folder, resultsFile), 'utf8'));
  const processors = cpus();
  const section = resultsSection(results, {
    date: new Date().toISOString().slice(0, 10),
    revision: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    machine: `${oneProcessor ? 'one of ' : ''}${processors.length} × ${processors[0]?.model.trim()}, Node ${process.versions.node}`,
  });
  appendFileSync(fileURLToPath(new URL('RESULTS.md', import.meta.url)), section);
}
