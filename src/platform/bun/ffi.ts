/**
 * Calls to C. The runtime's module `bun:ffi` is these functions, which are not documented by themselves, and some in JavaScript
 * around them; what that makes when it is loaded takes a command that changes one thing a tenth of its time. The runtime's
 * version is pinned, and without them nothing of the executable works, so a newer one cannot lose them unseen.
 */
export const { ptr, read, toArrayBuffer } = Bun.FFI;

/** Functions of the C library. Throws where it is not there, or has not all of them. */
export function libraryC<const Signatures extends Record<string, BunSignature>>(signatures: Signatures) {
  const library = Bun.FFI.dlopen('libc.so.6', signatures);
  if (library instanceof Error) throw library;
  return library.symbols;
}
