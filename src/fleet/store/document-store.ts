import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from './error.ts';
import type { Commit, Snapshot, Store, WatchResult } from './store.ts';

/** Key of the one entry of a store that cannot be written: its value is the rule file. */
export const documentKey = 'document';

/** Bytes of a rule file that are taken. */
export const documentLimit = 64 * 1024 * 1024;

/** Where the document is. */
export interface DocumentSource {
  readonly name: string;
  /** Milliseconds between two looks of a watch. */
  readonly interval: number;
  /** Reads the document as it is now. */
  read(): Promise<Uint8Array>;
  close(): void;
}

/**
 * A store that is one document, and can only be read. Its revision is of its bytes (63 bits of SHA-256): equal where these are,
 * but greater or less says nothing.
 */
export class DocumentStore implements Store {
  readonly writable = false;
  readonly name: string;
  readonly #source: DocumentSource;

  constructor(source: DocumentSource) {
    this.name = source.name;
    this.#source = source;
  }

  async read(path: string): Promise<Snapshot> {
    const value = await this.#source.read();
    const revision = revisionOf(value);
    const entries = path === documentKey ? [{ key: documentKey, value, modRevision: revision }] : [];
    return { entries, revision, cluster: this.name };
  }

  /** Looks at the document now and then, until it is not the one of revision `from - 1n`. */
  async watch(path: string, from: bigint, signal: AbortSignal, milliseconds: number): Promise<WatchResult> {
    const end = performance.now() + milliseconds;
    for (;;) {
      const left = end - performance.now();
      await sleep(Math.max(0, Math.min(left, this.#source.interval)), undefined, { signal }).catch(
        () => undefined,
      );
      if (signal.aborted) return 'quiet';
      if (path === documentKey && revisionOf(await this.#source.read()) !== from - 1n) return 'changed';
      if (performance.now() >= end) return 'quiet';
    }
  }

  commit(): Promise<Commit> {
    return this.#refuse();
  }

  grant(): Promise<string> {
    return this.#refuse();
  }

  keepAlive(): Promise<boolean> {
    return this.#refuse();
  }

  revoke(): Promise<void> {
    return this.#refuse();
  }

  async close(): Promise<void> {
    this.#source.close();
  }

  async #refuse(): Promise<never> {
    throw new StoreError('read-only', this.name, 'it can only be read: change the file where it comes from');
  }
}

function revisionOf(value: Uint8Array): bigint {
  return createHash('sha256').update(value).digest().readBigUInt64BE() >> 1n;
}
