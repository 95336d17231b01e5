import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Architecture, architectureNames, architectures } from './architecture.ts';
import { project, run, version } from './project.ts';

const runtimeFolder = join(import.meta.dirname, 'runtime');

/** Compiles ipvsadm with its runtime into `file`, for one architecture; returns whether it succeeded. */
export function compile(architecture: Architecture, file: string): boolean {
  const place = resolve(project, file);
  // The code contains the output's name, which must be constant for the same source to give the same bytes.
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
    // An administrator's tool must not read configuration from the current folder.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--define',
    `IPVSADM_VERSION=${JSON.stringify(version)}`,
    '--format=esm',
    '--minify',
    // Bytecode, compiled ahead of time, is split so that a command loads only what it needs.
    '--bytecode',
    '--splitting',
    // Only code that has run much longer than a single command takes is compiled to machine code.
    '--compile-jit-policy=10',
  ]);
}

function fetchRuntimes(): boolean {
  if (architectureNames.every((name) => existsSync(runtimeOf(name)))) return true;
  // --force, as one of the packages is always for another processor: its runtime is only copied into executables.
  const install = ['ci', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return run('npm', install, runtimeFolder);
}

/** Returns the path of an architecture's runtime, which exists once it has been fetched. */
export function runtimeOf(architecture: Architecture): string {
  return join(runtimeFolder, 'node_modules', architectures[architecture].runtime, 'bin/bun');
}
