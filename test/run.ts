import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { kernelNames } from './lab/backends/backend.ts';
import { type Build, builds } from './lab/project.ts';

const usage = `Usage: npm test -- [--build NAME] [--kernel NAME[,NAME…]] [PATTERN]
  PATTERN   run only the test files whose path contains it
  --build   test only this build: ${builds.join(', ')}
  --kernel  run the kernel tests on each of these kernels: ${kernelNames.join(', ')}
`;

process.exitCode = await main(process.argv.slice(2));

/** Runs the tests that the command line asks for; gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const wanted = read(args);
  if (typeof wanted === 'string') return refuse(wanted);
  const files = testFiles(import.meta.dirname).filter((file) => file.includes(wanted.pattern));
  if (files.length === 0) return refuse(`no test file's path contains ${wanted.pattern}`);
  const env = {
    ...process.env,
    ...(wanted.kernels && { IPVSADM_LAB_KERNELS: wanted.kernels }),
    ...(wanted.build && { IPVSADM_BUILD: wanted.build }),
  };
  const options = ['--import', 'tsx', '--test', '--test-concurrency=2', '--test-reporter=spec'];
  const child = spawn(process.execPath, [...options, ...files], { stdio: 'inherit', env });
  // A signal from a terminal reaches the tests too; they end, and their exit code tells.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

interface Wanted {
  readonly pattern: string;
  readonly kernels: string | undefined;
  readonly build: Build | undefined;
}

/** What is asked for, or what is wrong with the command line. */
function read(args: readonly string[]): Wanted | string {
  try {
    const options = { build: { type: 'string' }, kernel: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const unknown = values.kernel?.split(',').find((name) => !kernelNames.some((known) => known === name));
    if (unknown !== undefined) return `there is no kernel ${unknown}`;
    const build = builds.find((name) => name === values.build);
    if (values.build !== undefined && !build) return `there is no build ${values.build}`;
    if (positionals.length > 1) return 'one pattern at most';
    return { pattern: positionals[0] ?? '', kernels: values.kernel, build };
  } catch (error) {
    return (error as Error).message;
  }
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}\n${usage}`);
  return 2;
}

/** All test files, relative to the project's folder. */
function testFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const tests = files.filter((file) => file.endsWith('.test.ts')).sort();
  return tests.map((file) => relative(process.cwd(), join(folder, file)));
}
