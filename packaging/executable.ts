// Makes dist/ipvsadm-linux-x64 and dist/ipvsadm-linux-arm64: ipvsadm with its runtime, in one file each.
import { mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Architecture, architecturesNamed } from './architecture.ts';
import { compile } from './compile.ts';
import { project } from './project.ts';

const usage = 'Usage: npm run build:executable -- [--arch x64|arm64|this]...\n';

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  let wanted: readonly Architecture[];
  try {
    const options = { arch: { type: 'string', multiple: true } } as const;
    wanted = architecturesNamed(parseArgs({ args: [...args], options }).values.arch ?? ['x64', 'arm64']);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    return 2;
  }
  mkdirSync(join(project, 'dist'), { recursive: true });
  return wanted.every(build) ? 0 : 1;
}

function build(architecture: Architecture): boolean {
  const file = join('dist', `ipvsadm-linux-${architecture}`);
  if (!compile(architecture, file)) return false;
  if (architecture === process.arch) link(file);
  console.log(`${file}: ${Math.round(statSync(join(project, file)).size / 1e6)} MB`);
  return true;
}

/** Makes dist/executable/, a folder for `PATH`: the commands that `file` is, by their names. */
function link(file: string): void {
  const folder = join(project, 'dist/executable');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const name of ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore'])
    symlinkSync(join('..', basename(file)), join(folder, name));
}
