import type { OpenFile } from '../open-file.ts';
import { readSome } from './descriptors.ts';
import { ptr } from './ffi.ts';
import { Ring } from './io-uring.ts';
import { libc } from './libc.ts';

/** Opens a file for reading. Throws what open(2) does. */
export function openFile(path: string): OpenFile {
  const descriptor = libc.open(new TextEncoder().encode(`${path}\0`), O_CLOEXEC, 0);
  return new LibcFile(descriptor >= 0 ? descriptor : process.getBuiltinModule('node:fs').openSync(path, 'r'));
}

const O_CLOEXEC = 0x80000;
const IORING_OP_READ = 22;
const IOSQE_IO_HARDLINK = 0x8;

/** As much as the kernel makes of a file of `/proc` at a time (`seq_read_iter`, fs/seq_file.c). */
const pageSize = 4096;
/** Pages that are read in one system call. */
const pages = 32;
/** A file that has not ended after so many system calls of a page each is long. */
const fewReads = 4;

/** A file that is read with read(2), and if it is long many pages in a system call, where the kernel lets us. */
class LibcFile implements OpenFile {
  readonly #descriptor: number;
  #reads = 0;
  #ring: Ring | 'none' | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read(block: Uint8Array, at: number): number {
    const room = Math.min(pages, Math.floor((block.length - at) / pageSize));
    const ring = this.#reads++ >= fewReads && room > 1 ? this.#openRing() : undefined;
    const together = ring ? this.#readPages(ring, block, at, room) : 0;
    if (together > 0) return together;
    const length = readSome(this.#descriptor, block, at);
    // The file has not ended: such a ring cannot read it.
    if (ring && length > 0) this.#closeRing();
    return length;
  }

  close(): void {
    this.#closeRing();
    libc.close(this.#descriptor);
  }

  #closeRing(): void {
    if (this.#ring instanceof Ring) this.#ring.close();
    this.#ring = 'none';
  }

  #openRing(): Ring | undefined {
    if (this.#ring === undefined) {
      try {
        const ring = new Ring(pages);
        for (let page = 0; page < pages; page++) {
          ring.prepare(page, {
            opcode: IORING_OP_READ,
            descriptor: this.#descriptor,
            // It begins when the one before has ended, however that ended: shorter than asked for, as a rule.
            flags: IOSQE_IO_HARDLINK,
            atPosition: true,
          });
        }
        this.#ring = ring;
      } catch {
        this.#ring = 'none';
      }
    }
    return this.#ring === 'none' ? undefined : this.#ring;
  }

  /** Reads that many pages, and closes the gaps between them; 0 where there was none to be had. */
  #readPages(ring: Ring, block: Uint8Array, at: number, count: number): number {
    const address = ptr(block) + at;
    for (let page = 0; page < count; page++) ring.setBuffer(page, address + page * pageSize, pageSize);
    const lengths = ring.run(count);
    let to = at;
    for (let page = 0; page < count; page++) {
      const from = at + page * pageSize;
      const length = lengths[page] ?? 0;
      if (length <= 0) continue;
      if (from > to) block.copyWithin(to, from, from + length);
      to += length;
    }
    return to - at;
  }
}
