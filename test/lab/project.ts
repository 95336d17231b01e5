import { join, resolve } from 'node:path';

/** The project's folder. */
export const projectFolder = resolve(import.meta.dirname, '../..');

/** The builds that can be tested: the commands run by Node, or the single executable with its own runtime. */
export const builds = ['node', 'executable'] as const;
export type Build = (typeof builds)[number];

/** The build to test, if one is named. */
export const wantedBuild = builds.find((build) => build === process.env.IPVSADM_BUILD);

/** The folder with our commands. */
export const binFolder = binFolderOf(wantedBuild ?? 'node');

/** Returns the folder with the commands of a build. */
export function binFolderOf(build: Build): string {
  return join(projectFolder, build === 'node' ? 'bin' : 'dist/executable');
}

/** The beginning of a command line that runs a TypeScript file, from any folder. */
export const nodeWithTypeScript: readonly string[] = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
];

/** Returns a command line that runs one of the lab's own files. */
export function labCommand(file: string, ...args: string[]): string[] {
  return [...nodeWithTypeScript, join(import.meta.dirname, file), ...args];
}

/** Returns whether a kernel is an emulated one, on which everything takes many times as long. */
export function emulates(kernel: string): boolean {
  return kernel.startsWith('6.');
}

/** Whether this kernel is an emulated one. */
export const isEmulated = emulates(process.env.IPVSADM_LAB ?? '');
