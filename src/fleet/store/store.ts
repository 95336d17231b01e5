/** A key with its value, and the store's revision at which it last changed. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly modRevision: bigint;
}

/** The keys of a path, all at one revision of one store. */
export interface Snapshot {
  /** In the order of their keys' bytes. */
  readonly entries: readonly Entry[];
  /** The store's revision. It falls where a backup was restored. */
  readonly revision: bigint;
  /** The identity of the store: another one has other revisions. */
  readonly cluster: string;
}

/** A condition of a transaction: the key last changed at that revision; at 0n: there is no such key. */
export interface Compare {
  readonly key: string;
  readonly modRevision: bigint;
}

/** A key to be written. */
export interface Put {
  readonly key: string;
  readonly value: Uint8Array;
  /** The lease whose end removes the key. */
  readonly lease?: string;
}

/** Changes that are made together where every condition holds, and else not at all. */
export interface Transaction {
  readonly compares: readonly Compare[];
  readonly puts: readonly Put[];
  /** Paths: one that ends in a slash removes every key below it. */
  readonly deletes?: readonly string[];
}

/** Result of a transaction: whether it was carried out, and the store's revision after it. */
export interface Commit {
  readonly committed: boolean;
  readonly revision: bigint;
}

/**
 * Result of a watch: something changed; nothing did in the given time; or the store has forgotten the revision that the watch
 * was to begin at. It is a hint: each of them is followed by a read, which alone tells what is so.
 */
export type WatchResult = 'changed' | 'quiet' | 'compacted';

/**
 * A store of keys that keeps its changes in one order. A path that ends in a slash means every key below it, any other path
 * that one key: `targets/lb1` is not `targets/lb10`.
 *
 * All methods throw a StoreError.
 */
export interface Store {
  /** Its address for messages, without user and password. */
  readonly name: string;
  /** Reads the keys of a path as they are now: every change that was answered before the call is seen. */
  read(path: string): Promise<Snapshot>;
  /**
   * Carries a transaction out: all of it or nothing.
   *
   * @throws StoreError of code `outcome-unknown` where the answer was lost: it may or may not have been carried out
   */
  commit(transaction: Transaction): Promise<Commit>;
  /**
   * Waits for a change of the path.
   *
   * @param from the first revision that counts: one more than that of the snapshot
   * @param signal ends the watch, which is then quiet
   * @param milliseconds how long to wait
   */
  watch(path: string, from: bigint, signal: AbortSignal, milliseconds: number): Promise<WatchResult>;
  /** Begins a lease of so many seconds, and returns its name. */
  grant(seconds: number): Promise<string>;
  /** Begins the seconds of a lease anew. Returns false where it has ended. */
  keepAlive(lease: string): Promise<boolean>;
  /** Ends a lease, and removes its keys. One that has ended is no error. */
  revoke(lease: string): Promise<void>;
  /** Closes the connections; later calls fail. */
  close(): Promise<void>;
}
