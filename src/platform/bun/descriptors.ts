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
