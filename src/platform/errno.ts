/**
 * Returns the numbers of this system's errors by their names. Loads node:os on the first call: that takes the executable's
 * runtime long, and most commands meet with no error.
 */
export function errnos() {
  return process.getBuiltinModule('node:os').constants.errno;
}

/** Returns the symbolic name of an errno, such as `EEXIST`; the first of those that share a number. */
export function errnoName(errno: number): string {
  const known = Object.entries(errnos()).find(([, number]) => number === errno);
  return known?.[0] ?? `errno ${errno}`;
}
