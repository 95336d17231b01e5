import { closeSync, openSync } from 'node:fs';
import type { OpenFile } from '../open-file.ts';
import { readSome } from './descriptors.ts';

/** Opens a file for reading. Throws what open(2) does. */
export function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (block, at) => readSome(descriptor, block, at),
    close: () => closeSync(descriptor),
  };
}
