import type { Transport } from './netlink-socket.ts';

/** A file open for reading from beginning to end. */
export interface OpenFile {
  /**
   * Reads the next bytes into `block` at the offset `at`: as many as are available at once and fit. Returns their number, 0
   * at the end of the file. Throws as `readSync` of node:fs does.
   */
  read(block: Uint8Array, at: number): number;
  close(): void;
}

/** A question to a resolver: the IPv4 address of a host, or the name of an address. */
export type Question = 'address' | 'name';

/** Maximum number of concurrent lookups, and so of threads or processes used for the system's resolver. */
export const lookupsAtOnce = 256;

/** A function, or the constructor of a class. */
export type Code = ((...values: never[]) => unknown) | (abstract new (...values: never[]) => unknown);

/**
 * Everything that differs between Node and the executable's runtime. `node/` and `bun/` implement it; the import
 * `#platform` of package.json selects one of them.
 */
export interface Platform {
  /**
   * Opens a netlink socket of `protocol` (`NETLINK_*`) in this process's network namespace.
   *
   * @throws {SystemCallError} as a rejection, when the system refuses the socket.
   */
  openNetlinkSocket(protocol: number): Promise<Transport>;

  /** Opens a file for reading. Throws as `openSync` of node:fs does. */
  openFile(path: string): OpenFile;

  /**
   * Reads from an open descriptor into `block`, at most from the offset `at` to its end. Returns the number of bytes read,
   * 0 at the end of the file. Throws as `readSync` of node:fs does.
   */
  readSome(descriptor: number, block: Uint8Array, at: number): number;

  /** Writes bytes to an open descriptor and returns how many were written. Throws as `writeSync` of node:fs does. */
  writeSome(descriptor: number, bytes: Uint8Array): number;

  /**
   * Locks the open file of a descriptor (flock(2)). Waits up to `timeout` milliseconds, possibly `Infinity`, while
   * somebody else holds the lock. Resolves to whether the lock was obtained. Closing the file releases it.
   *
   * Rejects when the file cannot be locked at all.
   */
  lockFile(descriptor: number, timeout: number): Promise<boolean>;

  /**
   * Asks the system's resolver (nsswitch.conf(5)) in parallel about each of `items`, which must be unique. Resolves to the
   * answers by item; items without an answer are left out. Rejects when the resolver cannot be asked.
   *
   * Aborting `signal` ends the lookups, whose answers are then left out. Only with a signal do they never keep the process
   * from ending.
   */
  askResolver(
    question: Question,
    items: Iterable<string>,
    signal?: AbortSignal,
  ): Promise<Map<string, string>>;

  /**
   * Registers the functions and classes of a bulk loop. In bulk work they run a million times within the tenth of a second
   * that a process lives, so that compiling them early pays off, and optimising them fully does not. Takes effect when
   * {@link beginBulk} is called. Methods of a class are covered where they are `private`, but not where their names begin
   * with `#`.
   */
  tuneForBulk(...hot: readonly Code[]): void;

  /**
   * Tells the just-in-time compiler that bulk work begins: a table of more than a few services or servers, or a long file.
   * Smaller work is done before compiling would pay off. Calling again does nothing.
   */
  beginBulk(): void;

  /** Resolves to the name that the command of this process was called by, such as `ipvsadm` or `/sbin/ipvsadm`. */
  programName(): Promise<string>;
}
