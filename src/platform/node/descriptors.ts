import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { OpenFile } from '../port.ts';

/** Implements {@link Platform.writeSome}. */
export function writeSome(descriptor: number, bytes: Uint8Array): number {
  return writeSync(descriptor, bytes);
}

/** Implements {@link Platform.readSome}. */
export function readSome(descriptor: number, block: Uint8Array, at: number): number {
  return readSync(descriptor, block, at, block.length - at, null);
}

/** Implements {@link Platform.openFile}. */
export function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (block, at) => readSome(descriptor, block, at),
    close: () => closeSync(descriptor),
  };
}
