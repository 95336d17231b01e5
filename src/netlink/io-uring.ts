import { dlopen, ptr, toArrayBuffer } from 'bun:ffi';
import { littleEndian } from './byte-order.ts';
import { checked, libc } from './libc.ts';

// Numbers have the names that <linux/io_uring.h>, <sys/socket.h> and <sys/mman.h> give them; those of the system calls are
// the same on x86-64 and arm64.

const SYS_io_uring_setup = 425;
const SYS_io_uring_enter = 426;

const IORING_FEAT_SINGLE_MMAP = 0x1;
const IORING_ENTER_GETEVENTS = 0x1;
const IORING_OFF_SQ_RING = 0;
const IORING_OFF_SQES = 0x10000000;
const IORING_OP_SEND = 26;
const IORING_OP_RECV = 27;

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x1;

// Where things stand in `struct io_uring_params`, `io_sqring_offsets`, `io_cqring_offsets`, `io_uring_sqe` and `io_uring_cqe`.
const params = { length: 120, sqEntries: 0, cqEntries: 4, features: 20, sq: 40, cq: 80 } as const;
const sqOffsets = { tail: 4, mask: 8, array: 24 } as const;
const cqOffsets = { head: 0, tail: 4, mask: 8, cqes: 20 } as const;
const sqe = { length: 64, fd: 4, address: 16, size: 24, flags: 28, userData: 32 } as const;
const cqe = { length: 16, userData: 0, result: 8 } as const;

/** The functions that are called. Most commands need none of them, and each takes its time to be made ready. */
function openLibrary() {
  // syscall(2), once with the arguments of each of the two calls; the C library has no functions of their own for them.
  const { symbols: setup } = dlopen('libc.so.6', {
    syscall: { args: ['i32', 'u32', 'ptr'], returns: 'i32' },
  });
  const { symbols: enter } = dlopen('libc.so.6', {
    syscall: { args: ['i32', 'i32', 'u32', 'u32', 'u32', 'usize', 'usize'], returns: 'i32' },
  });
  const { symbols: memory } = dlopen('libc.so.6', {
    mmap: { args: ['usize', 'usize', 'i32', 'i32', 'i32', 'usize'], returns: 'i64_fast' },
    munmap: { args: ['usize', 'usize'], returns: 'i32' },
  });
  return { setup: setup.syscall, enter: enter.syscall, ...memory };
}

/** Datagrams that can be sent at a time. */
const capacity = 32;
/** So many are received behind each that is sent: a list that fits into one, and its end. */
const answers = 2;
const operations = 1 + answers;

/** Takes what an operation came to: the length of a datagram that was received, with its bytes, or a negative errno. */
export type TakeResult = (result: number, bytes: Uint8Array | undefined) => void;

/**
 * Sends datagrams on a socket and receives answers in one system call (io_uring(7)), where each would take one of its own.
 *
 * Nothing is waited for and nothing done by the kernel's own threads: what can be received is there once a request is
 * sent, so each operation ends while the system call is made, in order.
 */
export class Ring {
  /** Datagrams that {@link exchange} takes at most. */
  readonly capacity = capacity;
  readonly #library = openLibrary();
  readonly #fd: number;
  readonly #slotSize: number;
  /** Where each answer is received. */
  readonly #slots: Uint8Array;
  /** The addresses and sizes of the memory shared with the kernel. */
  readonly #maps: (readonly [address: number, size: number])[] = [];
  readonly #sqes: DataView;
  readonly #sqTail: Uint32Array;
  readonly #sqArray: Uint32Array;
  readonly #sqMask: number;
  readonly #cqHead: Uint32Array;
  readonly #cqTail: Uint32Array;
  readonly #cqMask: number;
  readonly #cqes: DataView;

  /** For `socket`; datagrams longer than `slotSize` are cut. Throws {@link NetlinkError} (`SYSTEM`) where the kernel has no rings, or forbids them. */
  constructor(socket: number, slotSize: number) {
    const parameters = new DataView(new ArrayBuffer(params.length));
    const field = (offset: number) => parameters.getUint32(offset, littleEndian);
    const entries = capacity * operations;
    this.#fd = checked('io_uring_setup', this.#library.setup(SYS_io_uring_setup, entries, parameters));
    try {
      if (!(field(params.features) & IORING_FEAT_SINGLE_MMAP)) throw new RangeError('rings of an older kind');
      const arrayStart = field(params.sq + sqOffsets.array);
      const cqesStart = field(params.cq + cqOffsets.cqes);
      const arrayEnd = arrayStart + 4 * field(params.sqEntries);
      const cqesEnd = cqesStart + cqe.length * field(params.cqEntries);
      const ring = this.#map(Math.max(arrayEnd, cqesEnd), IORING_OFF_SQ_RING);
      const word = (offset: number) => new Uint32Array(ring, offset, 1);
      this.#sqTail = word(field(params.sq + sqOffsets.tail));
      this.#sqMask = word(field(params.sq + sqOffsets.mask))[0] ?? 0;
      this.#sqArray = new Uint32Array(ring, arrayStart, field(params.sqEntries));
      this.#cqHead = word(field(params.cq + cqOffsets.head));
      this.#cqTail = word(field(params.cq + cqOffsets.tail));
      this.#cqMask = word(field(params.cq + cqOffsets.mask))[0] ?? 0;
      this.#cqes = new DataView(ring, cqesStart, cqesEnd - cqesStart);
      this.#sqes = new DataView(this.#map(sqe.length * field(params.sqEntries), IORING_OFF_SQES));
    } catch (error) {
      this.close();
      throw error;
    }
    this.#slotSize = slotSize;
    this.#slots = new Uint8Array(capacity * answers * slotSize);
    this.#prepare(socket);
  }

  /** Sends `datagrams`, at most {@link capacity}, and after each receives what has come; tells of all in that order. */
  exchange(datagrams: readonly Uint8Array[], take: TakeResult): void {
    const count = datagrams.length * operations;
    const tail = this.#sqTail[0] ?? 0;
    for (const [index, datagram] of datagrams.entries()) {
      this.#setBuffer(index * operations, ptr(datagram), datagram.length);
    }
    for (let index = 0; index < count; index++) this.#sqArray[(tail + index) & this.#sqMask] = index;
    this.#sqTail[0] = tail + count;
    const { enter } = this.#library;
    const done = enter(SYS_io_uring_enter, this.#fd, count, count, IORING_ENTER_GETEVENTS, 0, 0);
    checked('io_uring_enter', done);
    // Whoever is told may close this, so the shared memory is read before.
    for (const { slot, result } of this.#completions()) {
      take(result, slot === sent ? undefined : this.#slot(slot, Math.min(result, this.#slotSize)));
    }
  }

  #completions(): { readonly slot: number; readonly result: number }[] {
    const completions: { slot: number; result: number }[] = [];
    let head = this.#cqHead[0] ?? 0;
    for (const tail = this.#cqTail[0]; head !== tail; head = (head + 1) >>> 0) {
      const at = (head & this.#cqMask) * cqe.length;
      const slot = this.#cqes.getUint32(at + cqe.userData, littleEndian);
      completions.push({ slot, result: this.#cqes.getInt32(at + cqe.result, littleEndian) });
    }
    this.#cqHead[0] = head;
    return completions;
  }

  /** Gives the memory and the descriptor back. */
  close(): void {
    for (const [address, size] of this.#maps) this.#library.munmap(address, size);
    libc.close(this.#fd);
  }

  #map(size: number, offset: number): ArrayBuffer {
    const address = this.#library.mmap(0, size, PROT_READ_WRITE, MAP_SHARED, this.#fd, offset);
    checked('mmap', address);
    this.#maps.push([address, size]);
    return toArrayBuffer(address, 0, size);
  }

  /** Writes the operations, of which only what is sent changes. */
  #prepare(socket: number): void {
    const slots = ptr(this.#slots);
    for (let index = 0; index < capacity * operations; index++) {
      const at = index * sqe.length;
      const isSend = index % operations === 0;
      const slot = Math.floor(index / operations) * answers + (index % operations) - 1;
      this.#sqes.setUint8(at, isSend ? IORING_OP_SEND : IORING_OP_RECV);
      this.#sqes.setInt32(at + sqe.fd, socket, littleEndian);
      this.#sqes.setUint32(at + sqe.userData, isSend ? sent : slot, littleEndian);
      if (isSend) continue;
      this.#setBuffer(index, slots + slot * this.#slotSize, this.#slotSize);
      this.#sqes.setUint32(at + sqe.flags, MSG_DONTWAIT | MSG_TRUNC, littleEndian);
    }
  }

  #setBuffer(index: number, address: number, size: number): void {
    const at = index * sqe.length;
    this.#sqes.setBigUint64(at + sqe.address, BigInt(address), littleEndian);
    this.#sqes.setUint32(at + sqe.size, size, littleEndian);
  }

  #slot(slot: number, length: number): Uint8Array {
    const start = slot * this.#slotSize;
    return this.#slots.subarray(start, start + Math.max(length, 0));
  }
}

/** What marks an operation that sends, in the place of a slot's number. */
const sent = 0xffffffff;
