import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's folder. */
export const project = join(import.meta.dirname, '..');

/** The version that is built. */
export const version: string = manifest('package.json').version;

/** The version of the runtime inside. */
export const runtimeVersion: string = manifest('packaging/runtime/package.json').dependencies[
  '@oven/bun-linux-x64'
];

/** Runs a program that is silent unless it fails; whether it succeeded. */
export function run(program: string, args: readonly string[], cwd = project, env = process.env): boolean {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) process.stderr.write(`${stdout}${stderr}${error?.message ?? ''}\n`);
  return status === 0;
}

function manifest(path: string) {
  return JSON.parse(readFileSync(join(project, path), 'utf8'));
}
