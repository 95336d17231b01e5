import { StoreError } from '../../../src/fleet/store/error.ts';
import type {
  Commit,
  Compare,
  Entry,
  Snapshot,
  Store,
  Transaction,
  WatchResult,
} from '../../../src/fleet/store/store.ts';

/** Returns whether a path covers a key: a path that ends in a slash covers every key below it. */
function covers(path: string, key: string): boolean {
  return path.endsWith('/') ? key.startsWith(path) : key === path;
}

interface Held extends Entry {
  readonly lease: string | undefined;
}

interface Lease {
  readonly seconds: number;
  end: number;
}

/** etcd's default limits on the operations and bytes of one transaction. */
const operationLimit = 128;
const byteLimit = 1.5 * 1024 * 1024;

/** An in-memory store with etcd's semantics: contract.ts runs the same tests on it and on the real etcd. */
export class MemoryStore implements Store {
  readonly name = 'memory';
  cluster = '1';
  /** The clock of the leases, in milliseconds; tests move it forward. */
  now: () => number = Date.now;
  /** The error with which every call fails, if set. */
  failure: StoreError | undefined;

  #revision = 1n;
  #compacted = 0n;
  #nextLease = 1;
  readonly #entries = new Map<string, Held>();
  readonly #leases = new Map<string, Lease>();
  readonly #changes: { readonly revision: bigint; readonly key: string }[] = [];
  readonly #watchers = new Set<() => void>();

  async read(path: string): Promise<Snapshot> {
    this.#begin();
    const entries = [...this.#entries.values()]
      .filter(({ key }) => covers(path, key))
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
      .map(({ key, value, modRevision }) => ({ key, value: value.slice(), modRevision }));
    return { entries, revision: this.#revision, cluster: this.cluster };
  }

  async commit({ compares, puts, deletes = [] }: Transaction): Promise<Commit> {
    this.#begin();
    this.#check(compares.length, puts, deletes);
    if (!compares.every((compare) => this.#holds(compare)))
      return { committed: false, revision: this.#revision };
    for (const { lease } of puts)
      if (lease !== undefined && !this.#leases.has(lease))
        throw new StoreError('lease-ended', this.name, `there is no lease ${lease}`);
    const gone = [...this.#entries.keys()].filter((key) => deletes.some((path) => covers(path, key)));
    if (puts.length > 0 || gone.length > 0) this.#revision++;
    for (const key of gone) this.#remove(key);
    for (const { key, value, lease } of puts) {
      this.#entries.set(key, { key, value: value.slice(), modRevision: this.#revision, lease });
      this.#changes.push({ revision: this.#revision, key });
    }
    this.#wake();
    return { committed: true, revision: this.#revision };
  }

  async watch(path: string, from: bigint, signal: AbortSignal, milliseconds: number): Promise<WatchResult> {
    this.#begin();
    if (from < this.#compacted) return 'compacted';
    const changed = () => this.#changes.some(({ revision, key }) => revision >= from && covers(path, key));
    if (changed()) return 'changed';
    if (signal.aborted) return 'quiet';
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#watchers.delete(look);
        signal.removeEventListener('abort', quiet);
        clearTimeout(timer);
      };
      const quiet = () => {
        end();
        resolve('quiet');
      };
      const look = () => {
        const result = from < this.#compacted ? 'compacted' : changed() ? 'changed' : undefined;
        if (!this.failure && !result) return;
        end();
        if (this.failure) reject(this.failure);
        else if (result) resolve(result);
      };
      const timer = setTimeout(quiet, milliseconds);
      signal.addEventListener('abort', quiet);
      this.#watchers.add(look);
    });
  }

  async grant(seconds: number): Promise<string> {
    this.#begin();
    const lease = String(this.#nextLease++);
    this.#leases.set(lease, { seconds, end: this.now() + seconds * 1000 });
    return lease;
  }

  async keepAlive(lease: string): Promise<boolean> {
    this.#begin();
    const held = this.#leases.get(lease);
    if (held) held.end = this.now() + held.seconds * 1000;
    return held !== undefined;
  }

  async revoke(lease: string): Promise<void> {
    this.#begin();
    this.#end(lease);
  }

  async close(): Promise<void> {
    this.failure = new StoreError('unreachable', this.name, 'it is closed');
    this.#wake();
  }

  /** Forgets revisions before the current one: a watch from an earlier one ends as `compacted`. */
  compact(): void {
    this.#compacted = this.#revision;
    this.#wake();
  }

  /** Wakes the watchers, after `failure` or `now` was set. */
  disturb(): void {
    if (!this.failure) this.#expire();
    this.#wake();
  }

  /** Returns a backup of all entries, for {@link restore}. */
  backup(): { readonly revision: bigint; readonly entries: readonly Held[] } {
    return { revision: this.#revision, entries: [...this.#entries.values()] };
  }

  /** Restores a backup, like etcd from a snapshot: the revision falls, and the cluster ID changes. */
  restore({ revision, entries }: ReturnType<MemoryStore['backup']>): void {
    this.#entries.clear();
    for (const entry of entries) this.#entries.set(entry.key, entry);
    this.#revision = revision;
    this.#changes.length = 0;
    this.cluster = String(Number(this.cluster) + 1);
  }

  #holds(compare: Compare): boolean {
    if ('key' in compare) return (this.#entries.get(compare.key)?.modRevision ?? 0n) === compare.modRevision;
    return [...this.#entries.values()].every(
      ({ key, modRevision }) => !covers(compare.path, key) || modRevision <= compare.unwrittenSince,
    );
  }

  #begin(): void {
    if (this.failure) throw this.failure;
    this.#expire();
  }

  #check(compares: number, puts: Transaction['puts'], deletes: readonly string[]): void {
    if (compares > operationLimit || puts.length + deletes.length > operationLimit)
      throw new StoreError('too-large', this.name, `more than ${operationLimit} operations`);
    const bytes = puts.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    if (bytes > byteLimit) throw new StoreError('too-large', this.name, `more than ${byteLimit} bytes`);
    const keys = puts.map(({ key }) => key);
    const twice = keys.find(
      (key, index) => keys.indexOf(key) !== index || deletes.some((path) => covers(path, key)),
    );
    if (twice !== undefined) throw new StoreError('refused', this.name, `${twice} is changed twice`);
  }

  #expire(): void {
    for (const [lease, { end }] of this.#leases) if (end <= this.now()) this.#end(lease);
  }

  #end(lease: string): void {
    if (!this.#leases.delete(lease)) return;
    const keys = [...this.#entries.values()].filter((entry) => entry.lease === lease);
    if (keys.length === 0) return;
    this.#revision++;
    for (const { key } of keys) this.#remove(key);
    this.#wake();
  }

  #remove(key: string): void {
    this.#entries.delete(key);
    this.#changes.push({ revision: this.#revision, key });
  }

  #wake(): void {
    for (const look of [...this.#watchers]) look();
  }
}
