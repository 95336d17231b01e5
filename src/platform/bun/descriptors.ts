import { ptr } from './ffi.ts';
import { libc } from './libc.ts';

// To load node:fs takes this runtime as long as all else that a short command does. It is asked where something fails, as
// it knows how to say why.

/** Writes bytes to an open file; gives how many it took. Throws what write(2) does. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  const written = libc.write(descriptor, bytes, bytes.length);
  return written >= 0 ? written : process.getBuiltinModule('node:fs').writeSync(descriptor, bytes);
}

/** Reads from an open file into `block` from there on; gives how many bytes that are, 0 at the end. Throws what read(2) does. */
export function readSome(descriptor: number, block: Uint8Array, at: number): number {
  const room = block.length - at;
  const length = libc.read(descriptor, ptr(block) + at, room);
  return length >= 0
    ? length
    : process.getBuiltinModule('node:fs').readSync(descriptor, block, at, room, null);
}
