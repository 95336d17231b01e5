import { libc } from './libc.ts';

/** Writes bytes to an open file; gives how many it took. Throws what write(2) does. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  // To load node:fs takes this runtime as long as all else that a short command does. It knows how to say why that failed.
  const written = libc.write(descriptor, bytes, bytes.length);
  return written >= 0 ? written : process.getBuiltinModule('node:fs').writeSync(descriptor, bytes);
}
