import { FFI, type FFIFunction, type Functions } from 'bun';

// The functions themselves. The module bun:ffi wraps them in JavaScript of its own. With that loaded, `--version` fills 69 blocks
// of its heap instead of 63; at 64 the runtime starts two threads that make more ready, which take a sixth of its time.

export const { ptr, read, toArrayBuffer } = FFI;

/**
 * Opens functions of a shared library, by their names. They take arrays where C takes addresses.
 *
 * @throws {Error} where the library lacks one of them.
 */
export function dlopen<const Wanted extends Record<string, FFIFunction>>(
  library: string,
  wanted: Wanted,
): Functions<Wanted> {
  const opened = FFI.dlopen(library, wanted);
  if (opened instanceof Error) throw opened;
  return opened.symbols;
}
