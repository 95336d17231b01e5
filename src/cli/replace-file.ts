import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { strerror } from '../platform/strerror.ts';

const mode = 0o644;

/**
 * Puts a text, which comes in pieces, into a file in one step: whoever reads it gets the old text or the new one, never
 * a part, and nothing is lost when the power is. The file is readable for all. Throws an error that a person can read.
 */
export function replaceFile(path: string, text: Iterable<string>): void {
  try {
    const target = targetOf(path);
    // Nobody takes a name with a leading dot and without the wanted ending for one of the files to be read.
    const unfinished = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    try {
      writeDurably(unfinished, text);
      renameSync(unfinished, target);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
    syncFolder(dirname(target));
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new Error(`cannot write ${path}: ${strerror(-errno)}`, { cause: error });
  }
}

/** Where a path leads: a link stays one, and a device is not replaced by a file. */
function targetOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return path;
  if (!stats.isFile()) throw new Error(`cannot write ${path}: not a regular file`);
  return realpathSync(path);
}

function writeDurably(path: string, text: Iterable<string>): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', mode);
  try {
    // Whatever the umask is.
    fchmodSync(file, mode);
    for (const piece of text) {
      let bytes = Buffer.from(piece);
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(file, bytes));
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
