import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  type Architecture,
  type ArchitectureWord,
  architectureOption,
  architecturesNamed,
} from './architecture.ts';
import { project } from './project.ts';
import { tool } from './tool.ts';

/** Options of every tool that makes packages. */
export interface PackagingOptions {
  readonly arch: readonly ArchitectureWord[];
  readonly into: string;
  readonly fast?: true;
}

/** Returns the command of a tool that makes packages, for `defaults` if no architecture is named. */
export function packagingTool(name: string, description: string, defaults: readonly Architecture[]): Command {
  return tool(name, description)
    .addOption(architectureOption(defaults))
    .option('--into <folder>', 'write the packages into this folder', 'dist')
    .option('--fast', 'compress less and build faster, for tests');
}

/**
 * Makes a package for each of the architectures named. If one fails, no more are made, and the exit status will be 1.
 *
 * @param make makes a package in a temporary folder, and returns its path, or undefined after reporting an error
 */
export function makePackages(
  { arch, into }: PackagingOptions,
  make: (architecture: Architecture, folder: string) => string | undefined,
): void {
  process.umask(0o022);
  const done = architecturesNamed(arch).every((architecture) => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-package-'));
    try {
      chmodSync(folder, 0o755);
      const made = make(architecture, folder);
      if (made !== undefined) deliver(made, into);
      return made !== undefined;
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  if (!done) process.exitCode = 1;
}

function deliver(made: string, into: string): void {
  const file = join(into, basename(made));
  mkdirSync(resolve(project, into), { recursive: true });
  copyFileSync(made, resolve(project, file));
  console.log(`${file}: ${Math.round(statSync(made).size / 1e6)} MB`);
}
