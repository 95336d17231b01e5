import { errnoOf, SystemCallError } from './errors.ts';
import { strerror } from './strerror.ts';
import { visible } from './visible.ts';

/**
 * Returns what a system call that failed could not do, with the words of strerror(3): `cannot open FILE: Permission denied`.
 * `undefined` for other errors, which have sentences of their own.
 */
export function systemErrorSentence(error: unknown): string | undefined {
  if (error instanceof SystemCallError) return `${error.call} failed: ${strerror(error.errno)}`;
  const errno = errnoOf(error);
  const { syscall, path } = Object(error) as NodeJS.ErrnoException;
  if (errno === undefined || !syscall) return undefined;
  if (path === undefined && syscall !== 'read' && syscall !== 'write') return undefined;
  // The name of the system call is a verb, but that of a program that cannot be started is `spawn PROGRAM`.
  const [verb] = syscall.split(' ');
  return `cannot ${verb}${path === undefined ? '' : ` ${visible(path)}`}: ${strerror(errno)}`;
}
