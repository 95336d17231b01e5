import { readFileSync } from 'node:fs';
import { errnoName } from '../../platform/errno.ts';
import { SystemCallError } from '../../platform/errors.ts';

/** Reads files in `/proc`, and records those that exist but cannot be read, such as files hidden by a container. */
export class FileReader {
  /** Clauses, one for each unreadable file. */
  readonly unreadable: string[] = [];

  /** Returns the text of a file; `undefined` if the file is missing or unreadable. */
  read(path: string): string | undefined {
    return this.attempt(path, () => readFileSync(path, 'utf8'));
  }

  /** Returns the result of `read`, which reads the file at `path`; `undefined` if the file is missing or unreadable. */
  attempt<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      if (code !== 'ENOENT') this.unreadable.push(`${path} (${code})`);
      return undefined;
    }
  }
}

/** Returns the errno name of a failed system call; `undefined` for any other error. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof SystemCallError) return errnoName(error.errno);
  const isOfNode = error instanceof Error && 'syscall' in error && 'code' in error;
  return isOfNode ? String(error.code) : undefined;
}
