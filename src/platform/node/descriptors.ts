import { readSync, writeSync } from 'node:fs';

/** Writes bytes to an open file; gives how many it took. Throws what write(2) does. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes);
}

/** Reads from an open file into `block` from there on; gives how many bytes that are, 0 at the end. Throws what read(2) does. */
export function readSome(descriptor: number, block: Uint8Array, at: number): number {
  return readSync(descriptor, block, at, block.length - at, null);
}
