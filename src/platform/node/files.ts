import { closeSync, openSync } from 'node:fs';
import type { OpenFile } from '../port.ts';
import { readSome } from './descriptors.ts';

/** Implements {@link Platform.openFile}. */
export function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (block, at) => readSome(descriptor, block, at),
    close: () => closeSync(descriptor),
  };
}
