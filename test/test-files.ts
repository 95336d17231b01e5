import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Returns all test files, relative to the working directory. */
export function testFiles(): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => relative(process.cwd(), join(import.meta.dirname, file)))
    .sort();
}

/** Returns whether a test file boots a kernel. */
export function bootsKernel(file: string): boolean {
  return file.endsWith('.kernel.test.ts') || hasTraffic(file);
}

/** Returns whether clients visit services in a test file: such files take minutes, most of them waiting. */
export function hasTraffic(file: string): boolean {
  return file.endsWith('.traffic.test.ts');
}

/** Runs test files with an executable of Node; returns the exit status. */
export async function runTestFiles(
  node: string,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const options = ['--import', 'tsx', '--test', '--test-concurrency=2', '--test-reporter=spec'];
  const child = spawn(node, [...options, ...files], { stdio: 'inherit', env });
  const stop = (signal: NodeJS.Signals) => child.kill(signal);
  // A signal from a terminal reaches the tests too: they end, and their exit code is returned.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  try {
    return await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop);
  }
}
