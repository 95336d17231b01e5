import { FFI, type FFIFunction, type Functions } from 'bun';

// The functions themselves, without the JavaScript that the module bun:ffi wraps around them. With that loaded, `--version`
// fills 69 blocks of the runtime's heap instead of 63; at 64 the runtime starts two threads that prepare more blocks, which
// takes a sixth of its time.

export const { ptr, read, toArrayBuffer } = FFI;

/**
 * Opens functions of a shared library by name. They take arrays where C takes pointers.
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
