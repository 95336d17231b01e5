import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's folder. */
export const project = join(import.meta.dirname, '..');

const own = manifest('package.json');

/** The version that is built. */
export const version: string = own.version;

/** The names of the commands; a single executable is all of them. */
export const commands: readonly string[] = Object.keys(own.bin);

/** The manual's pages, as paths in the project. */
export const manualPages: readonly string[] = own.man;

/** The version of the runtime in the executable. */
export const runtimeVersion: string = manifest('packaging/runtime/package.json').dependencies[
  '@oven/bun-linux-x64'
];

/** Runs a program, and prints its output only if it fails; returns whether it succeeded. */
export function run(program: string, args: readonly string[], cwd = project, env = process.env): boolean {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) process.stderr.write(`${stdout}${stderr}${error?.message ?? ''}\n`);
  return status === 0;
}

/**
 * Runs a program, and returns its standard output.
 *
 * @throws Error where it fails
 */
export function outputOf(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** Returns the text of a file of the project. */
export function text(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

/**
 * Returns the time that all files in a build get, in seconds since 1970: `SOURCE_DATE_EPOCH`, or the time of the last
 * commit.
 *
 * @throws Error where there is neither
 */
export function sourceDate(): number {
  const { SOURCE_DATE_EPOCH: given } = process.env;
  if (given) return Number(given);
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], {
    cwd: project,
    encoding: 'utf8',
  });
  if (status === 0) return Number(stdout);
  throw new Error('this is not a clone of the repository: set SOURCE_DATE_EPOCH to the date of the source');
}

function manifest(path: string) {
  return JSON.parse(readFileSync(join(project, path), 'utf8'));
}
