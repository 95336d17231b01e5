import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Architecture, architectureNames, architectures } from './architecture.ts';
import { project, run, version } from './project.ts';

const runtimeFolder = join(import.meta.dirname, 'runtime');

/** Makes `file` ipvsadm with its runtime, for one architecture; whether it succeeded. */
export function compile(architecture: Architecture, file: string): boolean {
  const place = resolve(project, file);
  // Its name is in its code: the same source makes the same bytes only where that is always the same.
  const folder = mkdtempSync(join(dirname(place), '.compile-'));
  try {
    const made = join(folder, 'ipvsadm');
    if (!fetchRuntimes() || !bundle(architecture, made)) return false;
    renameSync(made, place);
    return true;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bundle(architecture: Architecture, file: string): boolean {
  return run(runtimeOf(process.arch as Architecture), [
    'build',
    'src/cli/executable.ts',
    `--outfile=${file}`,
    '--compile',
    `--compile-executable-path=${runtimeOf(architecture)}`,
    // An administrator's tool takes nothing from the folder in which it happens to be called.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--define',
    `IPVSADM_VERSION=${JSON.stringify(version)}`,
    '--format=esm',
    '--minify',
    // Compiled ahead, and read only as far as a command needs it.
    '--bytecode',
    '--splitting',
    // Nothing is compiled to machine code that has not run much longer than a single command takes.
    '--compile-jit-policy=10',
  ]);
}

function fetchRuntimes(): boolean {
  if (architectureNames.every((name) => existsSync(runtimeOf(name)))) return true;
  // --force, as one of them is always for another processor; it is only appended to what is built.
  const install = ['ci', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return run('npm', install, runtimeFolder);
}

/** The runtime of an architecture, once it has been fetched. */
export function runtimeOf(architecture: Architecture): string {
  return join(runtimeFolder, 'node_modules', architectures[architecture].runtime, 'bin/bun');
}
