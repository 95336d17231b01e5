import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isExecutable } from '../is-executable.ts';

/**
 * Returns the name that the script run by Node was called by.
 *
 * The kernel gives the interpreter the path passed to execve(2) (fs/binfmt_script.c). For a name without a slash, a shell
 * makes that path from a folder of `PATH` and the name. So a path that a search of `PATH` finds is returned as the bare
 * name, as the two ways of calling cannot be told apart.
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
