import { align, littleEndian } from './byte-order.ts';
import { NLA_HDRLEN, NLA_TYPE_MASK, NLMSG_HDRLEN } from './constants.ts';
import { NetlinkError } from './errors.ts';
import { readText } from './text.ts';

const noView = new DataView(new ArrayBuffer(0));

/**
 * Iterates over the messages of one received datagram: each {@link next} moves to one, `struct nlmsghdr` and what follows it.
 * Nothing is copied. Throws {@link NetlinkError} (`MALFORMED`) for a length beyond the end, and for a message too short for the
 * part requested.
 */
export class MessageReader {
  /** Header fields of the current message. */
  type = 0;
  flags = 0;
  sequence = 0;
  port = 0;
  /** Bytes that contain the datagram, and the start and end in them of the message's payload, after its `struct nlmsghdr`. */
  view: DataView = noView;
  start = 0;
  end = 0;
  /** Bytes of {@link view}; a transport receives every datagram into the same ones. */
  #bytes: Uint8Array | undefined;
  #next = 0;
  /** End of the datagram. */
  #limit = 0;

  /** Moves to `datagram`; without one, call {@link moveTo} before {@link next}. */
  constructor(datagram?: Uint8Array) {
    if (datagram) this.moveTo(datagram, 0, datagram.length);
  }

  /** Moves to the datagram in `bytes` from `start` to `end`. */
  moveTo(bytes: Uint8Array, start: number, end: number): this {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#next = start;
    this.#limit = end;
    return this;
  }

  /** Moves to the next message; returns `false` after the last one. */
  next(): boolean {
    const view = this.view;
    const start = this.#next;
    const left = this.#limit - start;
    if (left <= 0) return false;
    if (left < NLMSG_HDRLEN) throw malformed(`${left} bytes are too few for a message header`);
    const length = view.getUint32(start, littleEndian);
    if (length < NLMSG_HDRLEN || length > left)
      throw malformed(`message length ${length}, but ${left} bytes left`);
    this.type = view.getUint16(start + 4, littleEndian);
    this.flags = view.getUint16(start + 6, littleEndian);
    this.sequence = view.getUint32(start + 8, littleEndian);
    this.port = view.getUint32(start + 12, littleEndian);
    this.start = start + NLMSG_HDRLEN;
    this.end = start + length;
    this.#next = start + align(length);
    return true;
  }

  /** End of the datagram. */
  get limit(): number {
    return this.#limit;
  }

  /** Skips everything before the offset `next`, so that {@link next} moves to the message there. */
  skipTo(next: number): void {
    this.#next = next;
  }

  /** Returns the errno, positive, at the start of an `NLMSG_ERROR` or `NLMSG_DONE`; 0 is success. */
  errno(): number {
    if (this.end - this.start < 4) throw malformed('message too short for its errno');
    return -this.view.getInt32(this.start, littleEndian);
  }

  /** Returns a view of the family's own header, of `length` bytes. */
  header(length: number): DataView {
    if (this.end - this.start < length)
      throw malformed(`message too short for its header of ${length} bytes`);
    return new DataView(this.view.buffer, this.view.byteOffset + this.start, length);
  }

  /** Returns the attributes after a family's header of `headerLength` bytes. */
  attributes(headerLength: number): AttributeReader {
    const start = this.start + align(headerLength);
    if (start > this.end) throw malformed(`message too short for its header of ${headerLength} bytes`);
    return new AttributeReader(this.view, start, this.end);
  }
}

/**
 * Iterates over attributes: each {@link next} moves to one, whose {@link type} determines which of the other methods reads its
 * value. Nothing is copied unless stated. Throws {@link NetlinkError} (`MALFORMED`) for a length beyond the end, and for a
 * value too short for the method.
 */
export class AttributeReader {
  /** Type of the current attribute, without its flags (`NLA_F_*`). */
  type = 0;
  readonly #view: DataView;
  readonly #end: number;
  #next: number;
  #value = 0;
  #length = 0;

  constructor(view: DataView, start: number, end: number) {
    this.#view = view;
    this.#next = start;
    this.#end = end;
  }

  /** Moves to the next attribute; returns `false` after the last one. */
  next(): boolean {
    const start = this.#next;
    const left = this.#end - start;
    if (left <= 0) return false;
    if (left < NLA_HDRLEN) throw malformed(`${left} bytes are too few for an attribute header`);
    const length = this.#view.getUint16(start, littleEndian);
    if (length < NLA_HDRLEN || length > left)
      throw malformed(`attribute length ${length}, but ${left} bytes left`);
    this.type = this.#view.getUint16(start + 2, littleEndian) & NLA_TYPE_MASK;
    this.#value = start + NLA_HDRLEN;
    this.#length = length - NLA_HDRLEN;
    this.#next = start + align(length);
    return true;
  }

  /** Offset of the current attribute's value. */
  get valueStart(): number {
    return this.#value;
  }

  /** Length of the current attribute's value in bytes. */
  get valueLength(): number {
    return this.#length;
  }

  /** Moves back to an attribute that {@link next} has visited. */
  moveTo(type: number, valueStart: number, valueLength: number): void {
    this.type = type;
    this.#value = valueStart;
    this.#length = valueLength;
  }

  u8(): number {
    return this.#view.getUint8(this.#atLeast(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#atLeast(2), littleEndian);
  }

  /** Reads a number in network order. */
  u16be(): number {
    return this.#view.getUint16(this.#atLeast(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#atLeast(4), littleEndian);
  }

  /** Reads a number in network order. */
  u32be(): number {
    return this.#view.getUint32(this.#atLeast(4));
  }

  u64(): bigint {
    const start = this.#atLeast(8);
    // Most counters are 0, and creating a bigint takes V8 longer than everything else here.
    if (this.#view.getUint32(start) === 0 && this.#view.getUint32(start + 4) === 0) return 0n;
    return this.#view.getBigUint64(start, littleEndian);
  }

  /** Returns a view of the first `length` bytes of the value, which must not be shorter. */
  binary(length: number): Uint8Array {
    const start = this.#atLeast(length);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length);
  }

  /** Returns a view of the whole value. */
  bytes(): Uint8Array {
    return this.binary(this.#length);
  }

  /** Reads UTF-8 up to a NUL or the end, as a copy. */
  string(): string {
    return readText(this.#view, this.#value, this.#length);
  }

  /** Returns the attributes nested in this one. */
  nested(): AttributeReader {
    return new AttributeReader(this.#view, this.#value, this.#value + this.#length);
  }

  /** Returns the offset of the value, after checking that it has at least `length` bytes. */
  #atLeast(length: number): number {
    if (this.#length >= length) return this.#value;
    throw malformed(`attribute ${this.type} has ${this.#length} bytes, not ${length}`);
  }
}

function malformed(message: string): NetlinkError {
  return new NetlinkError('MALFORMED', message);
}
