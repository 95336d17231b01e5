// Makes dist/ipvsadm-linux-x64 and dist/ipvsadm-linux-arm64: ipvsadm with its runtime, in one file each.
import { mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Architecture,
  type ArchitectureWord,
  architectureOption,
  architecturesNamed,
} from './architecture.ts';
import { compile } from './compile.ts';
import { commands, project } from './project.ts';
import { tool } from './tool.ts';

tool(
  'npm run build:executable --',
  'Builds ipvsadm with its runtime as a single executable: dist/ipvsadm-linux-ARCHITECTURE.',
)
  .addOption(architectureOption(['x64', 'arm64']))
  .action(({ arch }: { readonly arch: readonly ArchitectureWord[] }) => {
    mkdirSync(join(project, 'dist'), { recursive: true });
    process.exitCode = architecturesNamed(arch).every(build) ? 0 : 1;
  })
  .parse();

function build(architecture: Architecture): boolean {
  const file = join('dist', `ipvsadm-linux-${architecture}`);
  if (!compile(architecture, file)) return false;
  if (architecture === process.arch) link(file);
  console.log(`${file}: ${Math.round(statSync(join(project, file)).size / 1e6)} MB`);
  return true;
}

/** Makes dist/executable/, a folder for `PATH`: every command is a link to `file`. */
function link(file: string): void {
  const folder = join(project, 'dist/executable');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const name of commands) symlinkSync(join('..', basename(file)), join(folder, name));
}
