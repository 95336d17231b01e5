import { readFileSync } from 'node:fs';
import { errnoName } from '../../platform/errno.ts';
import { SystemCallError } from '../../platform/errors.ts';

/** Reads files of `/proc`, and keeps in mind which are there and cannot be read, such as those that a container hides. */
export class FileReader {
  /** A clause for each file that could not be read. */
  readonly unseen: string[] = [];

  /** Returns the text of a file; `undefined` when it is not there or cannot be read. */
  read(path: string): string | undefined {
    return this.attempt(path, () => readFileSync(path, 'utf8'));
  }

  /** Returns what `read` makes of the file at `path`; `undefined` when that is not there or cannot be read. */
  attempt<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      if (code !== 'ENOENT') this.unseen.push(`${path} (${code})`);
      return undefined;
    }
  }
}

/** The name of the errno of a system call that failed; `undefined` of any other error. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof SystemCallError) return errnoName(error.errno);
  const isOfNode = error instanceof Error && 'syscall' in error && 'code' in error;
  return isOfNode ? String(error.code) : undefined;
}
