import { EINTR, ENOSYS } from '../errno.ts';
import { SystemCallError } from '../errors.ts';
import { dlopen, toArrayBuffer } from './ffi.ts';
import { checked, errno, libc, libraryC } from './libc.ts';

// Constants of <linux/io_uring.h> and <sys/mman.h>. The numbers of the system calls are the same on x86-64 and arm64, and
// both are little-endian.

const SYS_io_uring_setup = 425;
const SYS_io_uring_enter = 426;

const IORING_FEAT_SINGLE_MMAP = 0x1;
const IORING_ENTER_GETEVENTS = 0x1;
const IORING_OFF_SQ_RING = 0;
const IORING_OFF_SQES = 0x10000000;

const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x1;

const isLittleEndian = true;

// Offsets of members of `struct io_uring_params`, `io_sqring_offsets`, `io_cqring_offsets`, `io_uring_sqe` and `io_uring_cqe`.
const params = { length: 120, sqEntries: 0, cqEntries: 4, features: 20, sq: 40, cq: 80 } as const;
const sqOffsets = { tail: 4, mask: 8, array: 24 } as const;
const cqOffsets = { head: 0, tail: 4, mask: 8, cqes: 20 } as const;
const sqe = {
  length: 64,
  opcode: 0,
  fd: 4,
  address: 16,
  size: 24,
  callFlags: 28,
  userData: 32,
} as const;
const cqe = { length: 16, userData: 0, result: 8 } as const;

/** Opens the functions that a ring calls; done on demand, as most commands need no ring. */
function openLibrary() {
  // The C library has no functions for these two calls: syscall(2) is opened twice, with the arguments of each.
  const setup = dlopen(libraryC, {
    syscall: { args: ['i32', 'u32', 'ptr'], returns: 'i32' },
  });
  const enter = dlopen(libraryC, {
    syscall: { args: ['i32', 'i32', 'u32', 'u32', 'u32', 'usize', 'usize'], returns: 'i32' },
  });
  const memory = dlopen(libraryC, {
    mmap: { args: ['usize', 'usize', 'i32', 'i32', 'i32', 'usize'], returns: 'i64_fast' },
    munmap: { args: ['usize', 'usize'], returns: 'i32' },
  });
  return { setup: setup.syscall, enter: enter.syscall, ...memory };
}

/** An operation on a socket, without its buffer. */
export interface Operation {
  /** `IORING_OP_*`. */
  readonly opcode: number;
  readonly descriptor: number;
  /** The flags of the equivalent system call. */
  readonly callFlags?: number;
}

/** A ring of io_uring(7), which carries out many operations on sockets in one system call. */
export class Ring {
  readonly #library = openLibrary();
  readonly #fd: number;
  /** Memory mappings shared with the kernel. */
  readonly #maps: (readonly [address: number, size: number])[] = [];
  readonly #sqes: DataView;
  readonly #sqTail: Uint32Array;
  readonly #sqArray: Uint32Array;
  readonly #sqMask: number;
  readonly #cqHead: Uint32Array;
  readonly #cqTail: Uint32Array;
  readonly #cqMask: number;
  readonly #cqes: DataView;
  readonly #results: Int32Array;

  /**
   * Creates a ring for up to `capacity` operations at a time.
   *
   * @throws {SystemCallError} where the kernel has no rings, or forbids them.
   */
  constructor(capacity: number) {
    const parameters = new DataView(new ArrayBuffer(params.length));
    const field = (offset: number) => parameters.getUint32(offset, isLittleEndian);
    this.#fd = checked('io_uring_setup', this.#library.setup(SYS_io_uring_setup, capacity, parameters));
    try {
      if (!(field(params.features) & IORING_FEAT_SINGLE_MMAP)) {
        throw new SystemCallError('io_uring_setup', ENOSYS); // older layout, with separate mappings
      }
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
    this.#results = new Int32Array(capacity);
  }

  /** Sets the operation at `index` for every {@link run} from now on. */
  prepare(index: number, { opcode, descriptor, callFlags = 0 }: Operation): void {
    const at = index * sqe.length;
    this.#sqes.setUint8(at + sqe.opcode, opcode);
    this.#sqes.setInt32(at + sqe.fd, descriptor, isLittleEndian);
    this.#sqes.setUint32(at + sqe.callFlags, callFlags, isLittleEndian);
    this.#sqes.setUint32(at + sqe.userData, index, isLittleEndian);
  }

  /** Sets the buffer that an operation sends from or receives into; it must stay at this address. */
  setBuffer(index: number, address: number, size: number): void {
    const at = index * sqe.length;
    this.#sqes.setUint32(at + sqe.address, address % 2 ** 32, isLittleEndian);
    this.#sqes.setUint32(at + sqe.address + 4, address / 2 ** 32, isLittleEndian);
    this.#sqes.setUint32(at + sqe.size, size, isLittleEndian);
  }

  /**
   * Submits the first `count` operations in order and waits until all have completed. Returns the result of each, valid
   * until the next call: the number of bytes, or a negative errno.
   *
   * @throws {SystemCallError} where the kernel does not accept them.
   */
  run(count: number): Int32Array {
    const tail = this.#sqTail[0] ?? 0;
    for (let index = 0; index < count; index++) this.#sqArray[(tail + index) & this.#sqMask] = index;
    this.#sqTail[0] = tail + count;
    let taken = this.#enter(count, count);
    for (let ended = this.#collect(); ended < count; ended += this.#collect()) {
      taken += this.#enter(count - taken, 1);
    }
    return this.#results;
  }

  /**
   * Submits operations and waits until `awaited` of them have completed, or a signal arrives. Returns how many the kernel
   * accepted.
   */
  #enter(submitted: number, awaited: number): number {
    const { enter } = this.#library;
    const taken = enter(SYS_io_uring_enter, this.#fd, submitted, awaited, IORING_ENTER_GETEVENTS, 0, 0);
    if (taken < 0 && errno() === EINTR) return 0;
    return checked('io_uring_enter', taken);
  }

  /** Stores the results of completed operations, and returns their number. */
  #collect(): number {
    const tail = this.#cqTail[0] ?? 0;
    let head = this.#cqHead[0] ?? 0;
    let ended = 0;
    for (; head !== tail; head = (head + 1) >>> 0) {
      const at = (head & this.#cqMask) * cqe.length;
      const index = this.#cqes.getUint32(at + cqe.userData, isLittleEndian);
      this.#results[index] = this.#cqes.getInt32(at + cqe.result, isLittleEndian);
      ended++;
    }
    this.#cqHead[0] = head;
    return ended;
  }

  /** Frees the memory and closes the descriptor. */
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
}
