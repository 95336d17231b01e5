/** A key with its value, and the store revision of its last change. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly modRevision: bigint;
}

/** The keys of a path, all at one revision of one store. */
export interface Snapshot {
  /** Entries in the byte order of their keys. */
  readonly entries: readonly Entry[];
  /** The store's revision. It decreases when a backup is restored. */
  readonly revision: bigint;
  /** Identity of the store: revisions of different stores cannot be compared. */
  readonly cluster: string;
}

/**
 * A condition of a transaction: the key last changed at this revision or, for 0n, does not exist; or no key below the path was
 * written after this revision, though some may have been removed.
 */
export type Compare =
  | { readonly key: string; readonly modRevision: bigint }
  | { readonly path: string; readonly unwrittenSince: bigint };

/** A key to write. */
export interface Put {
  readonly key: string;
  readonly value: Uint8Array;
  /** Lease to which the key is attached: when the lease ends, the key is removed. */
  readonly lease?: string;
}

/** Changes that are made together if every condition holds, and otherwise not at all. */
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
 * Result of a watch: something changed, nothing changed in the given time, or the store has compacted the revision to start at.
 * Each result is only a hint, and is followed by a read, which alone shows the actual state.
 */
export type WatchResult = 'changed' | 'quiet' | 'compacted';

/**
 * A key-value store that keeps its changes in one order. A path that ends in a slash means every key below it, any other path
 * means that one key: `targets/lb1` does not include `targets/lb10`.
 *
 * All methods throw a StoreError.
 */
export interface Store {
  /** Address for messages, without user and password. */
  readonly name: string;
  /** Reads the current keys of a path, including every change that was acknowledged before the call. */
  read(path: string): Promise<Snapshot>;
  /**
   * Carries out a transaction: all of it or nothing.
   *
   * @throws StoreError of code `outcome-unknown` if the answer was lost: the transaction may or may not have been carried out
   */
  commit(transaction: Transaction): Promise<Commit>;
  /**
   * Waits for a change below the path, or of its key.
   *
   * @param from first revision to watch: one more than that of the last snapshot
   * @param signal ends the watch with the result `quiet`
   * @param milliseconds maximum time to wait
   */
  watch(path: string, from: bigint, signal: AbortSignal, milliseconds: number): Promise<WatchResult>;
  /** Grants a lease with a TTL in seconds. Returns the lease's id. */
  grant(seconds: number): Promise<string>;
  /** Renews a lease for its full TTL. Returns false if it has ended. */
  keepAlive(lease: string): Promise<boolean>;
  /** Ends a lease and removes its keys; no error if it has ended already. */
  revoke(lease: string): Promise<void>;
  /** Closes the connections; later calls fail. */
  close(): Promise<void>;
}
