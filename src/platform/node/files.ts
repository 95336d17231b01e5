import { closeSync, openSync } from 'node:fs';
import type { OpenFile } from '../port.ts';
import { readSome } from './descriptors.ts';

/** Opens a file, as {@link Platform.openFile} says. */
export function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (block, at) => readSome(descriptor, block, at),
    close: () => closeSync(descriptor),
  };
}
