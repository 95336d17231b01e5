import { errnos } from '../errno.ts';
import { SystemCallError, TruncatedError } from '../errors.ts';
import {
  datagramSize,
  type NetlinkSocket,
  type NetlinkSocketListener,
  receiveBufferSize,
} from '../netlink-socket.ts';
import { ptr } from './ffi.ts';
import type { Ring } from './io-uring.ts';
import { checked, errno, libc } from './libc.ts';

// Numbers have the names that <sys/socket.h> and <linux/netlink.h> give them; they are those of x86-64 and arm64.

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** Bytes of `struct sockaddr_nl`: family and padding of 16 bits, port and groups of 32. */
const addressLength = 12;
/** Where the port is among as many numbers of 32 bits. */
const portAt = 1;

const IORING_OP_SEND = 26;
const IORING_OP_RECV = 27;
/** Datagrams that are sent in one system call. */
const sentTogether = 32;
/** So many are received behind each: a list that fits into one, and its end. */
const answers = 2;
const operations = 1 + answers;

/** Milliseconds between two looks for an answer that did not come at once. */
const lookInterval = 100;

/** Opens a netlink socket, as {@link Platform.openNetlinkSocket} says. */
export async function openNetlinkSocket(protocol: number): Promise<NetlinkSocket> {
  return new LibcNetlinkSocket(protocol);
}

/**
 * A {@link NetlinkSocket} on the socket calls of the C library, for the runtime of the executable.
 *
 * The kernel does what a netlink request asks inside `sendto(2)`, and makes each next datagram of a dump when it hands out
 * the one before. So answers are read as soon as a request is sent, and until there are no more; nothing has to be waited for.
 * Several requests are sent and answered in one system call, where the kernel lets us; that does not tell who has sent a
 * datagram, but only the kernel can have, and who has `CAP_NET_ADMIN` (`netlink_sendmsg`, net/netlink/af_netlink.c).
 */
class LibcNetlinkSocket implements NetlinkSocket {
  readonly port: number;
  readonly receiveBufferSize: number;
  readonly #fd: number;
  readonly #buffer = new Uint8Array(datagramSize);
  readonly #sender = new Uint32Array(addressLength / 4);
  readonly #senderLength = new Uint32Array(1);
  /** Since an answer did not come at once: looks for what comes, and keeps the process running. */
  #looks: NodeJS.Timeout | undefined;
  /** Opened when it is needed first; none where the kernel has none for us. */
  #ring: Ring | 'none' | undefined;
  /** Where the ring receives, a slot for each answer. */
  #slots: Uint8Array = new Uint8Array();
  #listener: NetlinkSocketListener | undefined;
  #open = true;

  constructor(protocol: number) {
    this.#fd = checked('socket', libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    try {
      checked('bind', libc.bind(this.#fd, kernelAddress, addressLength));
      const asked = Uint32Array.of(receiveBufferSize);
      const ask = (option: number) => libc.setsockopt(this.#fd, SOL_SOCKET, option, asked, asked.byteLength);
      // Who may change the table may have more than the usual limit.
      if (ask(SO_RCVBUFFORCE) < 0) checked('setsockopt', ask(SO_RCVBUF));
      const given = new Uint32Array(1);
      checked('getsockopt', libc.getsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, given, Uint32Array.of(4)));
      this.receiveBufferSize = given[0] ?? 0;
      const own = new Uint32Array(addressLength / 4);
      checked('getsockname', libc.getsockname(this.#fd, own, Uint32Array.of(addressLength)));
      this.port = own[portAt] ?? 0;
    } catch (error) {
      libc.close(this.#fd);
      throw error;
    }
  }

  listen(listener: NetlinkSocketListener): void {
    this.#listener = listener;
  }

  send(bytes: Uint8Array, ends: readonly number[]): void {
    if (!this.#open) return;
    if (ends.length > 1 && this.#ring !== 'none') {
      if (this.#ring) this.#sendByRing(this.#ring, bytes, ends);
      else void this.#openRing().then(() => this.send(bytes, ends));
      return;
    }
    let start = 0;
    for (const end of ends) {
      this.#sendOne(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
      start = end;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#looks);
    if (this.#ring !== 'none') this.#ring?.close();
    libc.close(this.#fd);
  }

  /** What makes one is loaded here, as most commands send one datagram after the other. */
  async #openRing(): Promise<void> {
    const { Ring } = await import('./io-uring.ts');
    if (!this.#open) return;
    try {
      const ring = new Ring(sentTogether * operations);
      this.#prepare(ring);
      this.#ring = ring;
    } catch {
      this.#ring = 'none';
    }
  }

  /** Prepares what a ring does: send a datagram and receive its answers, and so on; only what is sent changes. */
  #prepare(ring: Ring): void {
    this.#slots = new Uint8Array(sentTogether * answers * datagramSize);
    const slots = ptr(this.#slots);
    for (let index = 0; index < sentTogether; index++) {
      ring.prepare(index * operations, { opcode: IORING_OP_SEND, descriptor: this.#fd });
      for (let answer = 0; answer < answers; answer++) {
        const operation = index * operations + 1 + answer;
        const callFlags = MSG_DONTWAIT | MSG_TRUNC;
        ring.prepare(operation, { opcode: IORING_OP_RECV, descriptor: this.#fd, callFlags });
        ring.setBuffer(operation, slots + (index * answers + answer) * datagramSize, datagramSize);
      }
    }
  }

  #sendByRing(ring: Ring, bytes: Uint8Array, ends: readonly number[]): void {
    for (let first = 0; first < ends.length && this.#open; first += sentTogether) {
      try {
        // What was longer than the ring has room for.
        this.#receiveRest(this.#exchange(ring, bytes, ends, first));
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        this.#listener?.error(error);
        this.#receiveAll();
      }
    }
  }

  /**
   * Sends datagrams, from that number on, and hands on what is received behind each; gives how many answers have not ended.
   * Nothing is waited for: what can be received is there once a request is sent, so each operation ends while the system call
   * is made, in order.
   */
  #exchange(ring: Ring, bytes: Uint8Array, ends: readonly number[], first: number): number {
    const count = Math.min(sentTogether, ends.length - first);
    const address = ptr(bytes);
    for (let index = 0; index < count; index++) {
      const start = ends[first + index - 1] ?? 0;
      ring.setBuffer(index * operations, address + start, (ends[first + index] ?? 0) - start);
    }
    const results = ring.run(count * operations);
    let unended = count;
    for (let index = 0; index < count; index++) {
      this.#tellFailure(results[index * operations] ?? 0);
      for (let answer = 0; answer < answers; answer++) {
        const length = results[index * operations + 1 + answer] ?? 0;
        this.#tellFailure(length);
        const start = (index * answers + answer) * datagramSize;
        if (length >= 0 && !this.#hand(this.#slots, start, length, 0)) unended--;
      }
    }
    return unended;
  }

  /** Tells of an operation that came to a negative errno; that there was nothing to be received is none to be told. */
  #tellFailure(result: number): void {
    if (result >= 0 || result === -errnos().EAGAIN) return;
    this.#listener?.error(new SystemCallError('io_uring', -result));
  }

  #sendOne(datagram: Uint8Array): void {
    if (!this.#open) return;
    const sent = libc.sendto(this.#fd, datagram, datagram.length, 0, kernelAddress, addressLength);
    if (sent < 0) this.#listener?.error(new SystemCallError('sendto', errno()));
    else this.#receiveRest(1);
  }

  /** Hands on the rest of so many answers, as far as it is there. */
  #receiveRest(unended: number): void {
    for (let left = unended; left > 0 && this.#open; ) {
      const received = this.#receive();
      if (received === 'ended') left--;
      if (received === 'nothing') {
        this.#lookLater();
        return;
      }
    }
  }

  /** Hands on all datagrams that there are. */
  #receiveAll(): void {
    while (this.#open && this.#receive() !== 'nothing');
  }

  #lookLater(): void {
    this.#looks ??= setInterval(() => this.#receiveAll(), lookInterval);
  }

  /** Hands on a datagram; tells whether the answer that it belongs to goes on, or that there was none. */
  #receive(): 'goes on' | 'ended' | 'nothing' {
    this.#senderLength[0] = addressLength;
    const flags = MSG_DONTWAIT | MSG_TRUNC;
    const { length: size } = this.#buffer;
    const length = libc.recvfrom(this.#fd, this.#buffer, size, flags, this.#sender, this.#senderLength);
    if (length < 0) {
      const reason = errno();
      if (reason !== errnos().EAGAIN) this.#listener?.error(new SystemCallError('recvfrom', reason));
      return 'nothing';
    }
    const sender = this.#sender[portAt] ?? 0;
    return this.#hand(this.#buffer, 0, length, sender) ? 'goes on' : 'ended';
  }

  /**
   * Hands on a datagram that was `length` bytes long, and of which as many as there was room for stand in `bytes`. Gives
   * whether the answer that it belongs to goes on.
   */
  #hand(bytes: Uint8Array, start: number, length: number, sender: number): boolean {
    if (!this.#open) return false;
    if (length <= datagramSize) {
      return this.#listener?.datagram(bytes, start, start + length, sender) ?? false;
    }
    const message = `received ${datagramSize} bytes of a datagram of ${length}`;
    this.#listener?.error(new TruncatedError(message));
    return true;
  }
}

/**
 * The kernel's address, and the one that has the kernel choose a port for us: all zeros but the family, which comes first as
 * both processors that there is an executable for have the lower bytes first.
 */
const kernelAddress = Uint32Array.of(AF_NETLINK, 0, 0);
