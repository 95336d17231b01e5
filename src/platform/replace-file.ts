import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { strerror } from './strerror.ts';
import { visible } from './visible.ts';

/** Options of {@link replaceFile}. */
export interface ReplaceOptions {
  /** The mode that the file gets, whatever the umask is and it had before; absent: that of the old file, or by the umask. */
  readonly mode?: number;
}

/**
 * Puts a text, which comes in pieces, into a file in one step: whoever reads it gets the old text or the new one, never
 * a part, and nothing is lost when the power is. The owner of a file that is there stays, and its mode where no other is wanted;
 * a new file gets what the umask leaves of 0666.
 *
 * @throws {Error} with a sentence for a person.
 */
export function replaceFile(
  path: string,
  text: Iterable<string | Uint8Array>,
  options: ReplaceOptions = {},
): void {
  try {
    const old = statSync(path, { throwIfNoEntry: false });
    if (old && !old.isFile()) throw new Error(`cannot write ${visible(path)}: not a regular file`);
    // A link stays one.
    const target = old ? realpathSync(path) : path;
    // Nobody takes a name with a leading dot and without the wanted ending for one of the files to be read.
    const unfinished = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    try {
      writeDurably(unfinished, text, { mode: old?.mode, uid: old?.uid, gid: old?.gid, ...options });
      renameSync(unfinished, target);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
    syncFolder(dirname(target));
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new Error(`cannot write ${visible(path)}: ${strerror(-errno)}`, { cause: error });
  }
}

/** Mode and owner of a file; each is left to the system where it is absent. */
interface Rights {
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

function writeDurably(path: string, text: Iterable<string | Uint8Array>, { mode, uid, gid }: Rights): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', mode === undefined ? 0o666 : 0o600);
  try {
    const made = fstatSync(file);
    if (uid !== undefined && gid !== undefined && (uid !== made.uid || gid !== made.gid)) {
      fchownSync(file, uid, gid);
    }
    // Last, as a change of the owner takes bits away; and whatever the umask is.
    if (mode !== undefined) fchmodSync(file, mode & 0o7777);
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
