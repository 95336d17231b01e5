import { readSync, writeSync } from 'node:fs';

/** Implements {@link Platform.writeSome}. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes);
}

/** Implements {@link Platform.readSome}. */
export function readSome(descriptor: number, block: Uint8Array, at: number): number {
  return readSync(descriptor, block, at, block.length - at, null);
}
