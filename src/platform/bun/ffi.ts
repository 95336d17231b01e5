import { FFI, type FFIFunction, type Functions } from 'bun';

// The functions themselves, without the JavaScript that the module bun:ffi wraps around them. With that loaded, `--version`
// fills 69 blocks of the runtime's heap instead of 63; at 64 the runtime starts two threads that prepare more blocks, which
// takes a sixth of its time.

export const { ptr, read, toArrayBuffer } = FFI;

/**
 * Opens functions of a shared library by name. They take arrays where C takes pointers. Where the runtime cannot compile
 * them, ends the process with the reason: nothing works without, and the first are opened while modules are loaded, so that
 * nobody could catch an error.
 *
 * @throws {Error} where the library lacks one of them.
 */
export function dlopen<const Wanted extends Record<string, FFIFunction>>(
  library: string,
  wanted: Wanted,
): Functions<Wanted> {
  const opened = tryToOpen(library, wanted);
  if (!(opened instanceof Error)) return opened.symbols;
  if (opened.message.includes('requires the JIT')) endWithoutCompiler();
  throw opened;
}

/** As {@link FFI.dlopen}, which throws some of its errors and returns the others. */
function tryToOpen<const Wanted extends Record<string, FFIFunction>>(library: string, wanted: Wanted) {
  try {
    return FFI.dlopen(library, wanted);
  } catch (error) {
    return error as Error;
  }
}

function endWithoutCompiler(): never {
  const name = process.argv0.slice(process.argv0.lastIndexOf('/') + 1);
  const { writeSync } = process.getBuiltinModule('node:fs');
  try {
    writeSync(
      2,
      `${name}: no memory that may be written and executed: refused (MemoryDenyWriteExecute=), or too little address space (ulimit -v)\n`,
    );
  } catch {
    // There is nowhere left to report this.
  }
  process.exit(1);
}
