import { closeSync, openSync, readSync } from 'node:fs';
import type { OpenFile } from './open-file.ts';

/** Opens a file for reading. Throws what open(2) does. */
export function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (block, at) => readSync(descriptor, block, at, block.length - at, null),
    close: () => closeSync(descriptor),
  };
}
