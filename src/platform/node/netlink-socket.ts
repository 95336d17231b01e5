import { fstatSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import type { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { errnoOf, SystemCallError, TruncatedError } from '../errors.ts';
import {
  datagramSize,
  receiveBufferSize,
  type Transport,
  type TransportListener,
} from '../netlink-socket.ts';

/** Implements {@link Platform.openNetlinkSocket}. */
export async function openNetlinkSocket(protocol: number): Promise<Transport> {
  // Loaded on demand, as `--help` and the like need no socket.
  const { RawNetlinkSocket } = await import('netlink/dist/raw.js');
  try {
    const socket = new RawNetlinkSocket(protocol, {
      messagePeeking: false,
      msgBufferSize: datagramSize,
      recvBufferSize: receiveBufferSize,
      // Zero keeps the default size.
      sendBufferSize: 0,
    });
    return new NodeNetlinkSocket(protocol, socket);
  } catch (error) {
    throw systemCallError(error);
  }
}

/**
 * A {@link Transport} on the raw socket of the `netlink` package.
 *
 * The kernel processes a request inside `sendmsg(2)`, and builds the next datagram of a dump when it hands out the previous
 * one, so there is nothing to wait for. Requests are therefore written to the socket's descriptor, and answers are read
 * from it into one buffer; the package would wait in `epoll_wait(2)` and allocate a buffer for every datagram, which takes
 * longer than all that the kernel does. The package's events are used where the descriptor cannot be found in `/proc`, and
 * for datagrams that do not arrive at once.
 *
 * `read(2)` does not report the sender of a datagram. It can only be the kernel, or a process with `CAP_NET_ADMIN`, which
 * may do what this connection does anyway (`netlink_sendmsg`, net/netlink/af_netlink.c).
 */
class NodeNetlinkSocket implements Transport {
  readonly port: number;
  readonly receiveBufferSize: number;
  readonly #socket: RawNetlinkSocket;
  readonly #descriptor: number | undefined;
  readonly #buffer = new Uint8Array(datagramSize);
  #listener: TransportListener | undefined;
  /** The datagrams of the latest {@link send}, and the index of the first unsent one. */
  #bytes: Uint8Array = this.#buffer;
  #ends: readonly number[] = [];
  #next = 0;
  #open = true;

  constructor(protocol: number, socket: RawNetlinkSocket) {
    this.#socket = socket;
    this.port = this.#socket.address().port;
    this.receiveBufferSize = this.#socket.getRecvBufferSize();
    this.#descriptor = descriptorOf(protocol, this.port);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#socket.on('message', (bytes, sender) => {
      if (this.#open && !listener.datagram(bytes, 0, bytes.length, sender.port)) this.#sendWaiting();
    });
    this.#socket.on('truncatedMessage', (bytes, sender) => {
      const message = `received ${bytes.length} bytes of a datagram of ${sender.truncated}`;
      if (this.#open) listener.error(new TruncatedError(message));
    });
    this.#socket.on('error', (error) => {
      if (this.#open) listener.error(systemCallError(error));
    });
  }

  send(bytes: Uint8Array, ends: readonly number[]): void {
    this.#bytes = bytes;
    this.#ends = ends;
    this.#next = 0;
    this.#sendWaiting();
  }

  /** Sends the waiting datagrams, until one is not answered at once. */
  #sendWaiting(): void {
    try {
      while (this.#open && this.#next < this.#ends.length) {
        const start = this.#ends[this.#next - 1] ?? 0;
        const end = this.#ends[this.#next++] ?? 0;
        if (this.#descriptor === undefined) {
          // Without a callback the socket reports a failure as its `error` event.
          this.#socket.send(this.#bytes.subarray(start, end));
          return;
        }
        writeSync(this.#descriptor, this.#bytes, start, end - start);
        this.#receive(this.#descriptor);
      }
    } catch (error) {
      if (!isAgain(error)) this.#listener?.error(systemCallError(error));
    }
  }

  /**
   * Passes the datagrams of an answer to the listener until the answer ends. Throws as `readSync` does: `EAGAIN` where the
   * rest has not arrived yet.
   */
  #receive(descriptor: number): void {
    for (let hasMore = true; hasMore && this.#open; ) {
      const length = readSync(descriptor, this.#buffer);
      if (length === datagramSize) throw new TruncatedError(`received ${length} bytes of a longer datagram`);
      hasMore = this.#listener?.datagram(this.#buffer, 0, length, 0) ?? false;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // The binding dereferences its poll handle after its callbacks return, so it must not be closed inside one.
    setImmediate(() => this.#socket.close());
  }
}

/**
 * Returns the descriptor of this process's netlink socket with `protocol` and `port`, which the package does not expose.
 * The kernel lists the netlink sockets of this network namespace with their inodes (`netlink_native_seq_show`,
 * net/netlink/af_netlink.c): address, protocol, port, and six columns before the inode. As files of other file systems may
 * have the same inode number, only sockets count.
 */
export function descriptorOf(protocol: number, port: number): number | undefined {
  try {
    const rows = readFileSync('/proc/net/netlink', 'latin1').split('\n');
    const columns = rows.map((row) => row.trim().split(/ +/).map(Number));
    const row = columns.find((row) => row[1] === protocol && row[2] === port);
    if (!row) return undefined;
    return readdirSync('/proc/self/fd')
      .map(Number)
      .find((descriptor) => socketInode(descriptor) === row[9]);
  } catch {
    return undefined;
  }
}

/** Returns the inode number of an open socket; `undefined` for other files, and for a descriptor that is closed meanwhile. */
function socketInode(descriptor: number): number | undefined {
  try {
    const stats = fstatSync(descriptor);
    return stats.isSocket() ? stats.ino : undefined;
  } catch {
    return undefined;
  }
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

/** Converts an error from the binding or node:fs to a {@link SystemCallError}; returns an error without an errno as it is. */
function systemCallError(cause: unknown): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  const errno = errnoOf(cause);
  if (errno === undefined) return cause;
  const call = 'syscall' in cause ? String(cause.syscall) : 'netlink';
  return new SystemCallError(call, errno, cause);
}
