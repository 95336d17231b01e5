import { join, resolve } from 'node:path';

/** The project's folder. */
export const projectFolder = resolve(import.meta.dirname, '../..');

/** The folder with our commands. */
export const binFolder = join(projectFolder, 'bin');

/** The beginning of a command line that runs a TypeScript file, from any folder. */
export const nodeWithTypeScript: readonly string[] = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
];

/** A command line that runs one of the lab's own files. */
export function labCommand(file: string, ...args: string[]): string[] {
  return [...nodeWithTypeScript, join(import.meta.dirname, file), ...args];
}
