import { StoreError } from '../error.ts';
import { defaultReadLimit, type StoreOptions } from '../options.ts';
import type { Commit, Compare, Entry, Put, Snapshot, Store, Transaction, WatchResult } from '../store.ts';
import { anyAnswer, grantAnswer, keepAliveAnswer, rangeAnswer, transactionAnswer } from './answers.ts';
import { Gateway, toBase64 } from './gateway.ts';
import { watchPath } from './watch.ts';

/** Maximum number of keys per request of a read; fewer if their values are large. */
const pageSize = 500;

/** Memory that an entry takes besides its key and value, in bytes. */
const entryOverhead = 100;

/** Number of times that a read is restarted if its revision is compacted before its last page has arrived. */
const compactionLimit = 5;

/** A store in etcd 3.4 or later, accessed through its JSON gateway. */
export class EtcdStore implements Store {
  readonly name: string;
  readonly #gateway: Gateway;
  readonly #readLimit: number;

  constructor(name: string, members: readonly URL[], options: StoreOptions) {
    this.name = name;
    this.#readLimit = options.readLimit ?? defaultReadLimit;
    this.#gateway = new Gateway(name, members, options);
  }

  async read(path: string): Promise<Snapshot> {
    for (let attempt = 0; ; attempt++) {
      const snapshot = await this.#readOnce(path).catch((error: unknown) => {
        if (attempt < compactionLimit && error instanceof StoreError && error.code === 'compacted')
          return undefined;
        throw error;
      });
      if (snapshot) return snapshot;
    }
  }

  /** Reads page by page, at the revision of the first page. Returns undefined if another cluster answers in between. */
  async #readOnce(path: string): Promise<Snapshot | undefined> {
    const end = rangeEnd(path);
    const entries: Entry[] = [];
    let first: { readonly revision: bigint; readonly cluster: string } | undefined;
    let from = toBase64(path);
    let limit = pageSize;
    let size = 0;
    for (;;) {
      const page = await this.#readPage({
        key: from,
        ...(end !== undefined && { range_end: toBase64(end) }),
        limit: String(limit),
        ...(first && { revision: String(first.revision) }),
      });
      if (page === 'too-large') {
        if (limit === 1) throw new StoreError('too-large', this.name, `a value under ${path} is too large`);
        limit = Math.max(1, limit >> 3);
        continue;
      }
      const { header, kvs, more } = page;
      if (first && header.cluster_id !== first.cluster) return undefined;
      first ??= { revision: header.revision, cluster: header.cluster_id };
      for (const { key, value, mod_revision } of kvs) {
        size += entryOverhead + key.length + value.length;
        if (size > this.#readLimit)
          throw new StoreError(
            'too-large',
            this.name,
            `what is below ${path} takes more than ${this.#readLimit} bytes`,
          );
        entries.push({ key: key.toString('utf8'), value, modRevision: mod_revision });
      }
      const last = kvs.at(-1);
      if (!more || !last) return { entries, ...first };
      // From the key's own bytes: others may have written keys that are not UTF-8, which would be found again and again.
      from = toBase64(Buffer.concat([last.key, Buffer.of(0)]));
    }
  }

  #readPage(body: unknown) {
    return this.#gateway.sendIdempotent('/v3/kv/range', body, rangeAnswer).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'too-large') return 'too-large' as const;
      throw error;
    });
  }

  async commit({ compares, puts, deletes = [] }: Transaction): Promise<Commit> {
    const body = {
      compare: compares.map(encodeCompare),
      success: [
        ...deletes.map((path) => ({ request_delete_range: range(path) })),
        ...puts.map((put) => ({ request_put: encodePut(put) })),
      ],
    };
    const { header, succeeded } = await this.#gateway.sendOnce('/v3/kv/txn', body, transactionAnswer);
    return { committed: succeeded, revision: header.revision };
  }

  watch(path: string, from: bigint, signal: AbortSignal, milliseconds: number): Promise<WatchResult> {
    const request = { ...range(path), start_revision: String(from) };
    return watchPath(this.#gateway, request, signal, milliseconds);
  }

  async grant(seconds: number): Promise<string> {
    const { ID } = await this.#gateway.sendIdempotent(
      '/v3/lease/grant',
      { TTL: String(seconds) },
      grantAnswer,
    );
    return ID;
  }

  async keepAlive(lease: string): Promise<boolean> {
    const { result } = await this.#gateway.sendIdempotent(
      '/v3/lease/keepalive',
      { ID: lease },
      keepAliveAnswer,
    );
    return result.TTL > 0n;
  }

  async revoke(lease: string): Promise<void> {
    await this.#gateway
      .sendIdempotent('/v3/lease/revoke', { ID: lease }, anyAnswer)
      .catch((error: unknown) => {
        if (!(error instanceof StoreError) || error.code !== 'lease-ended') throw error;
      });
  }

  async close(): Promise<void> {
    this.#gateway.close();
  }
}

/**
 * Returns the first key after those of a path that ends in a slash: the path with its slash (0x2f) replaced by the next
 * character (0x30). Undefined for the path of a single key.
 */
function rangeEnd(path: string): string | undefined {
  return path.endsWith('/') ? `${path.slice(0, -1)}0` : undefined;
}

function range(path: string): { readonly key: string; readonly range_end?: string } {
  const end = rangeEnd(path);
  return { key: toBase64(path), ...(end !== undefined && { range_end: toBase64(end) }) };
}

/** Encodes a condition. One about a range holds if it holds for each of its keys. */
function encodeCompare(compare: Compare) {
  if ('path' in compare) {
    const mod_revision = String(compare.unwrittenSince + 1n);
    return { ...range(compare.path), target: 'MOD', result: 'LESS', mod_revision };
  }
  const { key, modRevision } = compare;
  return { key: toBase64(key), target: 'MOD', result: 'EQUAL', mod_revision: String(modRevision) };
}

function encodePut({ key, value, lease }: Put) {
  return { key: toBase64(key), value: toBase64(value), ...(lease !== undefined && { lease }) };
}
