// Makes dist/ipvsadm-linux-x64 and dist/ipvsadm-linux-arm64: ipvsadm with its runtime, in one file each.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

/** What can be built, and the package of its runtime. */
const runtimes = { x64: '@oven/bun-linux-x64', arm64: '@oven/bun-linux-aarch64' } as const;
type Architecture = keyof typeof runtimes;

const project = join(import.meta.dirname, '..');
const runtimeFolder = join(import.meta.dirname, 'runtime');

const usage = 'Usage: npm run build:executable -- [--arch x64|arm64|this]...\n';

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  const architectures = read(args);
  if (!architectures) {
    process.stderr.write(usage);
    return 2;
  }
  if (!Object.keys(runtimes).every((name) => existsSync(runtimeOf(name as Architecture)))) {
    // --force, as one of them is always for another processor; it is only appended to what is built.
    const install = ['ci', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    if (!run('npm', install, runtimeFolder)) return 1;
  }
  mkdirSync(join(project, 'dist'), { recursive: true });
  return architectures.every(build) ? 0 : 1;
}

/** The architectures asked for: all where none is. `undefined` when the command line is wrong. */
function read(args: readonly string[]): Architecture[] | undefined {
  const all = Object.keys(runtimes) as Architecture[];
  try {
    const options = { arch: { type: 'string', multiple: true } } as const;
    const given = parseArgs({ args: [...args], options }).values.arch;
    const wanted = given?.map((name) => (name === 'this' ? process.arch : name)) ?? all;
    const known = all.filter((name) => wanted.includes(name));
    return wanted.every((name) => known.includes(name as Architecture)) ? known : undefined;
  } catch {
    return undefined;
  }
}

function runtimeOf(architecture: Architecture): string {
  return join(runtimeFolder, 'node_modules', runtimes[architecture], 'bin/bun');
}

function build(architecture: Architecture): boolean {
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const file = join('dist', `ipvsadm-linux-${architecture}`);
  const done = run(
    runtimeOf(process.arch as Architecture),
    [
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
      '--keep-names',
      // Compiled ahead, and read only as far as a command needs it.
      '--bytecode',
      '--splitting',
    ],
    project,
  );
  if (!done) return false;
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

/** Runs a program that is silent unless it fails; whether it succeeded. */
function run(program: string, args: readonly string[], cwd: string): boolean {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) process.stderr.write(`${stdout}${stderr}${error?.message ?? ''}\n`);
  return status === 0;
}
