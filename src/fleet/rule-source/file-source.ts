import { readFile, stat } from 'node:fs/promises';
import { ENOENT } from '../../platform/errno.ts';
import { errnoOf } from '../../platform/errors.ts';
import { strerror } from '../../platform/strerror.ts';
import { StoreError } from '../store/error.ts';
import { type RuleSource, ruleFileLimit } from './rule-source.ts';

/** A local rule file, which is read again only if its times, size or inode have changed. */
export class FileSource implements RuleSource {
  readonly name: string;
  readonly interval = 2000;
  readonly #path: string;
  #seen: { readonly version: string; readonly value: Uint8Array } | undefined;

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  async read(): Promise<Uint8Array> {
    try {
      const found = await stat(this.#path, { bigint: true });
      // Reading a pipe or a device might never end.
      if (!found.isFile()) throw new StoreError('refused', this.name, 'it is not a regular file');
      const { mtimeNs, ctimeNs, size, ino } = found;
      if (size > BigInt(ruleFileLimit))
        throw new StoreError('too-large', this.name, `it has more than ${ruleFileLimit} bytes`);
      const version = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
      if (this.#seen?.version !== version) this.#seen = { version, value: await readFile(this.#path) };
      return this.#seen.value;
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      const errno = errnoOf(cause);
      if (errno === undefined) throw cause;
      const code = errno === ENOENT ? 'not-found' : 'unreachable';
      throw new StoreError(code, this.name, strerror(errno), { cause });
    }
  }

  close(): void {}
}
