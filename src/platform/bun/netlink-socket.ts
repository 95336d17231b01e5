import { EAGAIN } from '../errno.ts';
import { SystemCallError, TruncatedError } from '../errors.ts';
import {
  datagramSize,
  receiveBufferSize,
  type Transport,
  type TransportListener,
} from '../netlink-socket.ts';
import { ptr } from './ffi.ts';
import { Ring } from './io-uring.ts';
import { checked, errno, libc } from './libc.ts';

// Constants of <sys/socket.h> and <linux/netlink.h>, valid on x86-64 and arm64.

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** Size of `struct sockaddr_nl` in bytes: family and padding of 16 bits, port and groups of 32. */
const addressLength = 12;
/** Index of the port in `struct sockaddr_nl` viewed as 32-bit words. */
const portIndex = 1;

/**
 * The kernel's address and, for bind(2), the address that has the kernel choose a port: all zeros except the family, which
 * comes first, as x86-64 and arm64 are little-endian.
 */
const kernelAddress = Uint32Array.of(AF_NETLINK, 0, 0);

const IORING_OP_SEND = 26;
const IORING_OP_RECV = 27;
/** Number of datagrams that one system call sends. */
const datagramsAtOnce = 32;
/** Number of datagrams received after each one sent: a dump that fits into one datagram, and the datagram that ends it. */
const answersEach = 2;
const operationsEach = 1 + answersEach;

/** Milliseconds between two polls for an answer that did not arrive at once. */
const pollInterval = 100;

/** Implements {@link Platform.openNetlinkSocket}. */
export async function openNetlinkSocket(protocol: number): Promise<Transport> {
  return new LibcNetlinkSocket(protocol);
}

/**
 * A {@link Transport} on the socket calls of the C library.
 *
 * The kernel processes a netlink request inside `sendto(2)`, and builds the next datagram of a dump when it hands out the
 * previous one. So an answer is read to its end as soon as its request is sent, without waiting. Where the kernel offers
 * io_uring, one system call sends several requests and receives their answers. It does not report the sender of a datagram,
 * which can only be the kernel or a process with `CAP_NET_ADMIN` (`netlink_sendmsg`, net/netlink/af_netlink.c).
 */
export class LibcNetlinkSocket implements Transport {
  readonly port: number;
  readonly receiveBufferSize: number;
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(datagramSize);
  readonly #sender = new Uint32Array(addressLength / 4);
  readonly #senderLength = new Uint32Array(1);
  /** Opened when several datagrams are sent for the first time; `none` where the kernel refuses a ring. */
  #ring: Ring | 'none' | undefined;
  /** The memory that the ring receives into, a slot of {@link datagramSize} bytes for each answer. */
  #slots: Uint8Array = new Uint8Array();
  #listener: TransportListener | undefined;
  /** The end offsets of the latest {@link send}, by which an earlier one notices that it has been replaced. */
  #ends: readonly number[] = [];
  /** Number of answers that have not ended though nothing more can be received now. */
  #awaited = 0;
  /** Polls for those answers, and keeps the process running meanwhile. */
  #pollTimer: NodeJS.Timeout | undefined;
  #open = true;

  constructor(protocol: number) {
    this.#descriptor = checked('socket', libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    try {
      checked('bind', libc.bind(this.#descriptor, kernelAddress, addressLength));
      this.receiveBufferSize = growReceiveBuffer(this.#descriptor);
      const own = new Uint32Array(addressLength / 4);
      checked('getsockname', libc.getsockname(this.#descriptor, own, Uint32Array.of(addressLength)));
      this.port = own[portIndex] ?? 0;
    } catch (error) {
      libc.close(this.#descriptor);
      throw error;
    }
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
  }

  send(bytes: Uint8Array, ends: readonly number[]): void {
    if (!this.#open) return;
    this.#ends = ends;
    if (ends.length > 1) {
      this.#ring ??= this.#openRing();
      if (this.#ring !== 'none') {
        this.#sendByRing(this.#ring, bytes, ends);
        return;
      }
    }
    let start = 0;
    for (const end of ends) {
      this.#sendOne(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
      if (!this.#open || this.#ends !== ends) return;
      start = end;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#pollTimer);
    if (this.#ring !== 'none') this.#ring?.close();
    libc.close(this.#descriptor);
  }

  /**
   * Opens a ring and prepares its operations, alternately: send a datagram, receive its answers. Only the datagrams change
   * later.
   */
  #openRing(): Ring | 'none' {
    let ring: Ring;
    try {
      ring = new Ring(datagramsAtOnce * operationsEach);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      return 'none';
    }
    this.#slots = new Uint8Array(datagramsAtOnce * answersEach * datagramSize);
    const slots = ptr(this.#slots);
    const descriptor = this.#descriptor;
    for (let index = 0; index < datagramsAtOnce; index++) {
      ring.prepare(index * operationsEach, { opcode: IORING_OP_SEND, descriptor });
      for (let answer = 0; answer < answersEach; answer++) {
        const operation = index * operationsEach + 1 + answer;
        const callFlags = MSG_DONTWAIT | MSG_TRUNC;
        ring.prepare(operation, { opcode: IORING_OP_RECV, descriptor, callFlags });
        ring.setBuffer(operation, slots + (index * answersEach + answer) * datagramSize, datagramSize);
      }
    }
    return ring;
  }

  #sendByRing(ring: Ring, bytes: Uint8Array, ends: readonly number[]): void {
    for (let first = 0; first < ends.length; first += datagramsAtOnce) {
      try {
        // Receives the rest of answers that are longer than the ring has slots for.
        this.#receiveRest(this.exchange(ring, bytes, ends, first));
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        this.#fail(error);
      }
      if (!this.#open || this.#ends !== ends) return;
    }
  }

  // Methods that run for each datagram are `private`: `tuneForBulk` does not find names that begin with `#`.

  /**
   * Sends datagrams, from the index `first` on, and delivers the answers received after each. Returns how many answers have
   * not ended. Nothing waits: an answer can be received as soon as its request is sent, so all operations complete inside
   * the system call, in order.
   *
   * @throws {SystemCallError} where the ring fails.
   */
  private exchange(ring: Ring, bytes: Uint8Array, ends: readonly number[], first: number): number {
    const count = Math.min(datagramsAtOnce, ends.length - first);
    const address = ptr(bytes);
    for (let index = 0; index < count; index++) {
      const start = ends[first + index - 1] ?? 0;
      ring.setBuffer(index * operationsEach, address + start, (ends[first + index] ?? 0) - start);
    }
    const results = ring.run(count * operationsEach);
    let unended = count;
    for (let index = 0; index < count; index++) {
      this.reportFailure(results[index * operationsEach] ?? 0);
      for (let answer = 0; answer < answersEach; answer++) {
        const length = results[index * operationsEach + 1 + answer] ?? 0;
        this.reportFailure(length);
        const start = (index * answersEach + answer) * datagramSize;
        if (length >= 0 && !this.deliver(this.#slots, start, length, 0)) unended--;
      }
    }
    return unended;
  }

  /** Reports an operation that ended with a negative errno, other than `EAGAIN`: having nothing to receive is no failure. */
  private reportFailure(result: number): void {
    if (result >= 0 || result === -EAGAIN) return;
    this.#fail(new SystemCallError('io_uring', -result));
  }

  #sendOne(datagram: Uint8Array): void {
    const sent = libc.sendto(this.#descriptor, datagram, datagram.length, 0, kernelAddress, addressLength);
    if (sent < 0) this.#fail(new SystemCallError('sendto', errno()));
    else this.#receiveRest(1);
  }

  /** Delivers the rest of `unended` more answers: what is available now, and later what arrives. */
  #receiveRest(unended: number): void {
    this.#awaited += unended;
    this.#receiveAwaited();
    if (this.#awaited > 0 && this.#open) {
      this.#pollTimer ??= setInterval(() => this.#receiveAwaited(), pollInterval);
    }
  }

  /** Delivers what can be received of the awaited answers. */
  #receiveAwaited(): void {
    while (this.#awaited > 0 && this.#open) {
      const received = this.receive();
      if (received === 'nothing') return;
      if (received === 'ended') this.#awaited--;
    }
    clearInterval(this.#pollTimer);
    this.#pollTimer = undefined;
  }

  /**
   * Receives a datagram and delivers it. Returns whether its answer has `more` or has `ended`; `nothing` if there was no
   * datagram.
   */
  private receive(): 'more' | 'ended' | 'nothing' {
    this.#senderLength[0] = addressLength;
    const flags = MSG_DONTWAIT | MSG_TRUNC;
    const { length: size } = this.#buffer;
    const length = libc.recvfrom(
      this.#descriptor,
      this.#buffer,
      size,
      flags,
      this.#sender,
      this.#senderLength,
    );
    if (length < 0) {
      const reason = errno();
      if (reason !== EAGAIN) this.#fail(new SystemCallError('recvfrom', reason));
      return 'nothing';
    }
    const sender = this.#sender[portIndex] ?? 0;
    return this.deliver(this.#buffer, 0, length, sender) ? 'more' : 'ended';
  }

  /**
   * Delivers a datagram of `length` bytes, or an error if it was longer than its buffer. Returns whether more of the same
   * answer follows.
   */
  private deliver(bytes: Uint8Array, start: number, length: number, sender: number): boolean {
    if (!this.#open) return false;
    if (length <= datagramSize) {
      return this.#listener?.datagram(bytes, start, start + length, sender) ?? false;
    }
    this.#listener?.error(new TruncatedError(`received ${datagramSize} bytes of a datagram of ${length}`));
    return true;
  }

  /** Reports a failure. Awaited answers may have been lost, so they are no longer awaited. */
  #fail(error: SystemCallError): void {
    this.#awaited = 0;
    if (this.#open) this.#listener?.error(error);
  }
}

/** Requests a receive buffer of {@link receiveBufferSize} bytes. Returns the size granted, as the kernel counts it. */
function growReceiveBuffer(descriptor: number): number {
  const wanted = Uint32Array.of(receiveBufferSize);
  const setSize = (option: number) =>
    libc.setsockopt(descriptor, SOL_SOCKET, option, wanted, wanted.byteLength);
  // With CAP_NET_ADMIN, SO_RCVBUFFORCE exceeds the usual limit.
  if (setSize(SO_RCVBUFFORCE) < 0) checked('setsockopt', setSize(SO_RCVBUF));
  const granted = new Uint32Array(1);
  checked('getsockopt', libc.getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, granted, Uint32Array.of(4)));
  return granted[0] ?? 0;
}
