import { dlopen, read } from 'bun:ffi';
import { constants } from 'node:os';
import { errnoName, NetlinkError } from './errors.ts';

/** Functions of the C library, for the runtime of the executable. */
export const { symbols: libc } = dlopen('libc.so.6', {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
  sendto: { args: ['i32', 'ptr', 'usize', 'i32', 'ptr', 'u32'], returns: 'i64_fast' },
  recvfrom: { args: ['i32', 'ptr', 'usize', 'i32', 'ptr', 'ptr'], returns: 'i64_fast' },
  close: { args: ['i32'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
});

/** Where this thread's errno is. */
const errnoLocation = libc.__errno_location();

/** What `call` returned, unless that tells of a failure. */
export function checked(call: string, result: number): number {
  if (result < 0) throw systemError(call);
  return result;
}

/** Why the `call` failed: with `errno`, where that is known, or else as the call made just now told. */
export function systemError(call: string, errno = read.i32(errnoLocation)): NetlinkError {
  const code = errno === constants.errno.ENOBUFS ? 'OVERRUN' : 'SYSTEM';
  return new NetlinkError(code, `${call}: ${errnoName(errno)}`, { errno });
}
