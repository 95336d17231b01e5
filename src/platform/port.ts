import type { Transport } from './netlink-socket.ts';

/** A file that is read from its beginning to its end. */
export interface OpenFile {
  /**
   * Reads on into `block`, from the offset `at`: as much as there is at once and has room. Returns the number of bytes, 0 at
   * the end of the file. Throws as `readSync` of node:fs does.
   */
  read(block: Uint8Array, at: number): number;
  close(): void;
}

/** A question to a resolver: the IPv4 address of a host, or the name of an address. */
export type Question = 'address' | 'name';

/** Most lookups under way at once, and so the most threads or processes that the system's resolver gets. */
export const lookupsAtOnce = 256;

/** A function, or the constructor of a class. */
export type Code = ((...values: never[]) => unknown) | (abstract new (...values: never[]) => unknown);

/**
 * Everything that differs between Node and the executable's runtime. `node/` and `bun/` implement it; the import condition
 * `#platform` of package.json chooses.
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
   * Reads from an open descriptor into `block`, from the offset `at` to the block's end at most. Returns the number of bytes,
   * 0 at the end of the file. Throws as `readSync` of node:fs does.
   */
  readSome(descriptor: number, block: Uint8Array, at: number): number;

  /** Writes bytes to an open descriptor and returns how many it took. Throws as `writeSync` of node:fs does. */
  writeSome(descriptor: number, bytes: Uint8Array): number;

  /**
   * Locks an open file for whoever has it open with this descriptor (flock(2)), waiting `patience` milliseconds, perhaps
   * `Infinity`, while somebody else has it locked. Resolves to whether it is locked now. Closing the file unlocks it.
   *
   * Rejects when it cannot be locked at all.
   */
  lockFile(descriptor: number, patience: number): Promise<boolean>;

  /**
   * Asks the system's resolver (nsswitch.conf(5)) about each of `items`, which are unique, side by side. Returns the answers
   * by item; items without an answer are left out. Rejects when the resolver cannot be asked.
   */
  askResolver(question: Question, items: Iterable<string>): Promise<Map<string, string>>;

  /**
   * Names functions and classes that carry a bulk loop. In bulk work they run a million times in the tenth of a second that a
   * process lives, so that compiling them soon pays and compiling them with all that is possible does not. It takes effect when
   * {@link beginBulk} is called. Methods of a class can be named where they are `private`, not where their names begin with `#`.
   */
  tuneForBulk(...hot: readonly Code[]): void;

  /**
   * Tells the just-in-time compiler that bulk work begins: a table of more than a few services or servers, or a long file. Less
   * work is over before compiling would pay. Calling again does nothing.
   */
  beginBulk(): void;

  /** Returns the word by which the command of this process was called, such as `ipvsadm` or `/sbin/ipvsadm`. */
  programName(): Promise<string>;
}
