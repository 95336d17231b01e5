import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isExecutable } from '../is-executable.ts';

/**
 * Returns the word by which the script that Node runs was called.
 *
 * The kernel gives an interpreter the path that execve(2) got (fs/binfmt_script.c), and a shell makes that of a name without
 * a slash and a folder of `PATH`. Such a path is taken for the name, as the two cannot be told apart.
 */
export function programName(): string {
  const words = readFileSync('/proc/self/cmdline', 'utf8').split('\0');
  const path = words[1 + process.execArgv.length] ?? '';
  const name = basename(path);
  const found = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => `${folder || '.'}/${name}`)
    .find(isExecutable);
  return found === path ? name : path;
}
