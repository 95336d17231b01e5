import { readSync, writeSync } from 'node:fs';

/** Writes bytes, as {@link Platform.writeSome} says. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes);
}

/** Reads bytes, as {@link Platform.readSome} says. */
export function readSome(descriptor: number, block: Uint8Array, at: number): number {
  return readSync(descriptor, block, at, block.length - at, null);
}
