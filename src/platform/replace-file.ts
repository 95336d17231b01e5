import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { errnoOf } from './errors.ts';
import { strerror } from './strerror.ts';
import { visible } from './visible.ts';

/**
 * Replaces a file atomically with a text given in pieces: readers see the old text or the new one, never a part, and a
 * power failure loses neither. The file gets `mode` regardless of the umask; without it, an existing file keeps its mode, and
 * a new file gets mode 0666 less the umask. An existing file keeps its owner. A symbolic link is kept, and the file that it
 * leads to is replaced or made. One that belongs neither to root nor to the user of this process is not followed: whoever may
 * write to a folder would choose which file of this user is replaced.
 *
 * @throws {Error} with a message for the user.
 */
export function replaceFile(
  path: string,
  text: Iterable<string | Uint8Array>,
  options: { readonly mode?: number } = {},
): void {
  try {
    const old = statSync(path, { throwIfNoEntry: false });
    if (old && !old.isFile()) throw new Error(`cannot write ${visible(path)}: not a regular file`);
    const target = targetOf(path);
    // The leading dot and the other suffix keep programs from taking it for one of the files that they read.
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
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new Error(`cannot write ${visible(path)}: ${strerror(errno)}`, { cause: error });
  }
}

/**
 * Returns where a path leads to through symbolic links, which must not go in a circle; a file need not be there yet. Links are
 * followed here, not by the kernel, so that its own protection does not apply (fs.protected_symlinks in proc_sys_fs(5)).
 *
 * @throws {Error} at a link of another user.
 */
function targetOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isSymbolicLink()) return path;
  if (found.uid !== 0 && found.uid !== process.geteuid?.())
    throw new Error(`cannot write ${visible(path)}: a symbolic link of another user`);
  const link = readlinkSync(path);
  // Not normalised: behind a symbolic link, `..` is the parent of the folder that it leads to.
  return targetOf(isAbsolute(link) ? link : `${realpathSync(dirname(path))}/${link}`);
}

/** Mode and owner of a file; the system's default applies where one is absent. */
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
    // After fchown(2), which clears the set-ID bits; fchmod(2) ignores the umask.
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
