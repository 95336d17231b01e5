import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kernelNames } from '../lab/backends/backend.ts';
import { runInLab } from '../lab/lab.ts';
import { nodeWithTypeScript } from '../lab/project.ts';
import { answerClock } from './own-code.ts';
import { type Results, resultsFile, resultsSection } from './results.ts';

const usage = `Usage: npm run bench -- [--kernel NAME] [--runs NUMBER] [--connections NUMBER] [--one-processor] [--large] [--save]
  --kernel         ${kernelNames.join(', ')}
  --runs           of each, of which the median counts (5)
  --connections    in the table of connections (300000; emulated 40000)
  --one-processor  keep User-mode Linux on one processor, where a system call takes a twentieth of the time
  --large          also how cost grows, and the memory of very large tables: takes ten minutes more
  --save           add a dated table to test/bench/RESULTS.md
`;

process.exitCode = await main(process.argv.slice(2));

/** Times the programs in one boot of a kernel; prints what they took, the ratios, and what the machine takes by itself. */
async function main(args: readonly string[]): Promise<number> {
  const options = {
    kernel: { type: 'string' },
    runs: { type: 'string', default: '5' },
    connections: { type: 'string' },
    'one-processor': { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    return 2;
  }
  const kernel = kernelNames.find((name) => name === values.kernel);
  if (values.kernel && !kernel) {
    process.stderr.write(`there is no kernel ${values.kernel}\n${usage}`);
    return 2;
  }
  const guest = fileURLToPath(new URL('guest.ts', import.meta.url));
  const program = [
    ...nodeWithTypeScript,
    guest,
    values.runs,
    values.connections ?? '',
    values.large ? 'large' : '',
  ];
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-bench-'));
  let stopClock = () => {};
  try {
    const { code } = await runInLab(program, {
      kernel,
      results: folder,
      timeLimit: 7200,
      anyProcessor: !values['one-processor'],
      memory: values.large ? '5G' : '3G',
      onStart: (pid) => {
        stopClock = answerClock(folder, pid);
      },
      onOutput: (stream, chunk) => process[stream].write(chunk),
    });
    if (code === 0 && values.save) save(folder);
    return code;
  } finally {
    stopClock();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds what the guest has measured to the results that the repository keeps. */
function save(folder: string): void {
  const results: Results = JSON.parse(readFileSync(join(folder, resultsFile), 'utf8'));
  const processors = cpus();
  const section = resultsSection(results, {
    date: new Date().toISOString().slice(0, 10),
    revision: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    machine: `${processors.length} × ${processors[0]?.model.trim()}, Node ${process.versions.node}`,
  });
  appendFileSync(fileURLToPath(new URL('RESULTS.md', import.meta.url)), section);
}
