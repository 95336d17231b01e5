import type { OpenFile } from '../port.ts';
import { ptr } from './ffi.ts';
import { libc } from './libc.ts';

// Loading node:fs takes this runtime as long as everything else in a short command. So it is loaded only after a call has
// failed: it repeats the call and throws the error that describes the failure.

/** Implements {@link Platform.writeSome}. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  const written = libc.write(descriptor, bytes, bytes.length);
  return written >= 0 ? written : process.getBuiltinModule('node:fs').writeSync(descriptor, bytes);
}

/** Implements {@link Platform.readSome}. */
export function readSome(descriptor: number, block: Uint8Array, at: number): number {
  const room = block.length - at;
  const length = libc.read(descriptor, ptr(block) + at, room);
  return length >= 0
    ? length
    : process.getBuiltinModule('node:fs').readSync(descriptor, block, at, room, null);
}

/** `O_RDONLY | O_CLOEXEC` of <fcntl.h>, on x86-64 and arm64. */
const readOnly = 0x80000;

/** Implements {@link Platform.openFile}. */
export function openFile(path: string): OpenFile {
  const opened = libc.open(new TextEncoder().encode(`${path}\0`), readOnly, 0);
  // If it failed, node:fs repeats the call and throws the error that describes the failure.
  const descriptor = opened >= 0 ? opened : process.getBuiltinModule('node:fs').openSync(path, 'r');
  return {
    read: (block, at) => readSome(descriptor, block, at),
    close: () => {
      libc.close(descriptor);
    },
  };
}
