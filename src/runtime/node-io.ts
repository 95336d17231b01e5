import { writeSync } from 'node:fs';

/** Writes bytes to an open file; gives how many it took. Throws what write(2) does. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes);
}
