// Error numbers of Linux on x86-64 and arm64, `<asm-generic/errno.h>`. Written out here because loading `node:os` takes the
// executable's runtime longer than most commands run.

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const EINVAL = 22;
export const ENOSYS = 38;
export const EMSGSIZE = 90;
export const ENOPROTOOPT = 92;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const ENETUNREACH = 101;
export const ENOBUFS = 105;
export const EHOSTUNREACH = 113;

/** Names that the runtimes list, too, although the kernel has others for their numbers: `EAGAIN` and `EOPNOTSUPP`. */
const aliases: ReadonlySet<string> = new Set(['EWOULDBLOCK', 'ENOTSUP']);

/** Returns the symbolic name of an errno as the kernel's header has it, such as `EEXIST`. */
export function errnoName(errno: number): string {
  const { errno: numbers } = process.getBuiltinModule('node:os').constants;
  const known = Object.entries(numbers).find(([name, number]) => number === errno && !aliases.has(name));
  return known?.[0] ?? `errno ${errno}`;
}
