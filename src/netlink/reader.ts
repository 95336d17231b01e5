import { align, littleEndian } from './byte-order.ts';
import { NLA_HDRLEN, NLA_TYPE_MASK, NLMSG_HDRLEN } from './constants.ts';
import { NetlinkError } from './errors.ts';
import { readText } from './text.ts';

const noView = new DataView(new ArrayBuffer(0));

/**
 * Steps through the messages of one received datagram: each {@link next} stands on one, `struct nlmsghdr` and what
 * follows it. Nothing is copied. Throws {@link NetlinkError} (`MALFORMED`) for a length that runs over, and for a message
 * too short for what is asked of it.
 */
export class MessageReader {
  /** Header fields of the current message. */
  type = 0;
  flags = 0;
  sequence = 0;
  port = 0;
  /** Bytes of the datagram, and the start and end in them of what follows the `struct nlmsghdr` of the message. */
  view: DataView = noView;
  start = 0;
  end = 0;
  /** The bytes that {@link view} shows; a transport receives into the same bytes again and again. */
  #bytes: Uint8Array | undefined;
  #next = 0;
  /** End of the datagram. */
  #limit = 0;

  /** Steps through `datagram`; without one, {@link moveTo} says which. */
  constructor(datagram?: Uint8Array) {
    if (datagram) this.moveTo(datagram, 0, datagram.length);
  }

  /** Has it step through the datagram that stands in `bytes` from `start` to `end`. */
  moveTo(bytes: Uint8Array, start: number, end: number): this {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#next = start;
    this.#limit = end;
    return this;
  }

  /** Steps on; `false` after the last message. */
  next(): boolean {
    const view = this.view;
    const start = this.#next;
    const left = this.#limit - start;
    if (left <= 0) return false;
    if (left < NLMSG_HDRLEN) throw malformed(`${left} bytes are no message header`);
    const length = view.getUint32(start, littleEndian);
    if (length < NLMSG_HDRLEN || length > left) throw malformed(`message of ${length} bytes in ${left}`);
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

  /** Passes over what stands before `next`, so that {@link next} steps to the message there. */
  skipTo(next: number): void {
    this.#next = next;
  }

  /** The errno, positive, that `NLMSG_ERROR` and `NLMSG_DONE` begin with; 0 is success. */
  errno(): number {
    if (this.end - this.start < 4) throw malformed('message without its errno');
    return -this.view.getInt32(this.start, littleEndian);
  }

  /** A view of the family's own header, of `length` bytes. */
  header(length: number): DataView {
    if (this.end - this.start < length) throw malformed(`message without its header of ${length} bytes`);
    return new DataView(this.view.buffer, this.view.byteOffset + this.start, length);
  }

  /** The attributes after a family's header of `headerLength` bytes. */
  attributes(headerLength: number): AttributeReader {
    const start = this.start + align(headerLength);
    if (start > this.end) throw malformed(`message without its header of ${headerLength} bytes`);
    return new AttributeReader(this.view, start, this.end);
  }
}

/**
 * Steps through attributes: each {@link next} stands on one, whose {@link type} says which of the other
 * methods reads its value. Nothing is copied unless said. Throws {@link NetlinkError} (`MALFORMED`) for a
 * length that runs over and for a value too short to be what is asked for.
 */
export class AttributeReader {
  /** Type of the current attribute, without the flags beside it. */
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

  /** Steps on; `false` after the last attribute. */
  next(): boolean {
    const start = this.#next;
    const left = this.#end - start;
    if (left <= 0) return false;
    if (left < NLA_HDRLEN) throw malformed(`${left} bytes are no attribute header`);
    const length = this.#view.getUint16(start, littleEndian);
    if (length < NLA_HDRLEN || length > left) throw malformed(`attribute of ${length} bytes in ${left}`);
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

  /** Bytes of the current attribute's value. */
  get valueLength(): number {
    return this.#length;
  }

  /** Moves to an attribute that {@link next} has been at before. */
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
    // Most counters are 0, and making a bigint takes V8 longer than all else here.
    if (this.#view.getUint32(start) === 0 && this.#view.getUint32(start + 4) === 0) return 0n;
    return this.#view.getBigUint64(start, littleEndian);
  }

  /** A view of the value, which must have `length` bytes or more: of the first `length`. */
  binary(length: number): Uint8Array {
    const start = this.#atLeast(length);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length);
  }

  /** A view of the whole value. */
  bytes(): Uint8Array {
    return this.binary(this.#length);
  }

  /** UTF-8 up to a NUL or the end, copied. */
  string(): string {
    return readText(this.#view, this.#value, this.#length);
  }

  /** The attributes inside this one. */
  nested(): AttributeReader {
    return new AttributeReader(this.#view, this.#value, this.#value + this.#length);
  }

  /** Returns the offset of the value, once it is known to have `length` bytes. */
  #atLeast(length: number): number {
    if (this.#length >= length) return this.#value;
    throw malformed(`attribute ${this.type} has ${this.#length} bytes, not ${length}`);
  }
}

function malformed(message: string): NetlinkError {
  return new NetlinkError('MALFORMED', message);
}
