/**
 * The numbers of this system's errors, by their names. What knows them is loaded when it is asked for: to the runtime of the
 * executable that is dear, and most commands meet with no error.
 */
export function errnos() {
  return process.getBuiltinModule('node:os').constants.errno;
}
