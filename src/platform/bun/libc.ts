import { SystemCallError } from '../errors.ts';
import { dlopen, read } from './ffi.ts';

/** The file name of the C library. */
export const libraryC = 'libc.so.6';

/** Functions of the C library. */
export const libc = dlopen(libraryC, {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
  sendto: { args: ['i32', 'ptr', 'usize', 'i32', 'ptr', 'u32'], returns: 'i64_fast' },
  recvfrom: { args: ['i32', 'ptr', 'usize', 'i32', 'ptr', 'ptr'], returns: 'i64_fast' },
  open: { args: ['ptr', 'i32', 'i32'], returns: 'i32' },
  read: { args: ['i32', 'usize', 'usize'], returns: 'i64_fast' },
  write: { args: ['i32', 'ptr', 'usize'], returns: 'i64_fast' },
  close: { args: ['i32'], returns: 'i32' },
  flock: { args: ['i32', 'i32'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
});

/** The address of this thread's errno. */
const errnoLocation = libc.__errno_location();

/** Returns the errno of the latest call that failed. */
export function errno(): number {
  return read.i32(errnoLocation);
}

/**
 * Returns `result`, which is the return value of `call`.
 *
 * @throws {SystemCallError} where it is negative.
 */
export function checked(call: string, result: number): number {
  if (result < 0) throw new SystemCallError(call, errno());
  return result;
}
