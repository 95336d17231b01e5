import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { OpenFile } from './files.ts';

/** Opens a file for reading. Throws what open(2) does. */
export function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (block, at) => readSync(descriptor, block, at, block.length - at, null),
    close: () => closeSync(descriptor),
  };
}

/** Writes bytes to an open file; gives how many it took. Throws what write(2) does. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes);
}
