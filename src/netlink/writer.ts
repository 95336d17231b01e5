import { align, littleEndian } from './byte-order.ts';
import {
  GENL_HDRLEN,
  NLA_F_NESTED,
  NLA_HDRLEN,
  NLM_F_ACK,
  NLM_F_REQUEST,
  NLMSG_HDRLEN,
  NLMSG_NOOP,
} from './constants.ts';

/** Fields of `struct nlmsghdr` that the sender chooses. */
export interface MessageHeader {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
}

/**
 * Writes messages and their attributes, one after the other, into one buffer that grows and is reused. Throws
 * {@link RangeError} for a number that its attribute cannot hold.
 */
export class MessageWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Number of bytes written, always a multiple of four. */
  get length(): number {
    return this.#length;
  }

  /** The bytes written; a view that the next write or truncation invalidates. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Discards everything after the first `length` bytes. */
  truncate(length: number): this {
    this.#length = length;
    return this;
  }

  /** Writes a message: its header, and what `body` writes. */
  message(header: MessageHeader, body?: (writer: MessageWriter) => void): this {
    const start = this.#take(NLMSG_HDRLEN);
    this.#view.setUint16(start + 4, header.type, littleEndian);
    this.#view.setUint16(start + 6, header.flags, littleEndian);
    this.#view.setUint32(start + sequenceOffset, header.sequence, littleEndian);
    this.#view.setUint32(start + 12, header.port, littleEndian);
    body?.(this);
    this.#view.setUint32(start, this.#length - start, littleEndian);
    return this;
  }

  /** Writes `struct genlmsghdr`: a command of a generic netlink family, and the family's version. */
  generic(command: number, version: number): this {
    const start = this.#take(GENL_HDRLEN);
    this.#view.setUint8(start, command);
    this.#view.setUint8(start + 1, version);
    return this;
  }

  /** Writes bytes unchanged, such as a family's own header. */
  append(bytes: Uint8Array): this {
    const start = this.#take(bytes.length);
    this.#bytes.set(bytes, start);
    return this;
  }

  /** Writes a copy of an encoded message with another sequence number. */
  copy(message: Uint8Array, sequence: number): this {
    const start = this.#take(message.length);
    this.#bytes.set(message, start);
    this.#view.setUint32(start + sequenceOffset, sequence, littleEndian);
    return this;
  }

  /**
   * Returns the unused rest of the buffer, at least `length` bytes, to fill before {@link advance}. The next write may
   * invalidate it.
   */
  room(length: number): Uint8Array {
    if (this.#length + length > this.#bytes.length) this.#grow(this.#length + length);
    return this.#bytes.subarray(this.#length);
  }

  /** Counts the first `length` bytes of {@link room}, a multiple of four, as written. */
  advance(length: number): this {
    this.#length += length;
    return this;
  }

  /**
   * Writes the empty message that makes the kernel acknowledge all requests before it: it has the type `NLMSG_NOOP`, requests
   * an acknowledgement, and carries the sequence number of the last request.
   */
  ackMarker(sequence: number, port: number): this {
    return this.message({ type: NLMSG_NOOP, flags: NLM_F_REQUEST | NLM_F_ACK, sequence, port });
  }

  u8(type: number, value: number): this {
    checkRange(value, 0xff);
    const start = this.#attribute(type, 1);
    this.#view.setUint8(start, value);
    return this;
  }

  u16(type: number, value: number): this {
    checkRange(value, 0xffff);
    const start = this.#attribute(type, 2);
    this.#view.setUint16(start, value, littleEndian);
    return this;
  }

  /** Writes a number in network order. */
  u16be(type: number, value: number): this {
    checkRange(value, 0xffff);
    const start = this.#attribute(type, 2);
    this.#view.setUint16(start, value);
    return this;
  }

  u32(type: number, value: number): this {
    checkRange(value, 0xffffffff);
    const start = this.#attribute(type, 4);
    this.#view.setUint32(start, value, littleEndian);
    return this;
  }

  /** Writes a number in network order. */
  u32be(type: number, value: number): this {
    checkRange(value, 0xffffffff);
    const start = this.#attribute(type, 4);
    this.#view.setUint32(start, value);
    return this;
  }

  u64(type: number, value: bigint): this {
    if (BigInt.asUintN(64, value) !== value)
      throw new RangeError(`${value} is not an unsigned 64-bit number`);
    const start = this.#attribute(type, 8);
    this.#view.setBigUint64(start, value, littleEndian);
    return this;
  }

  /** Writes bytes, padded with zeros to `length`. Throws {@link RangeError} for more bytes than that. */
  binary(type: number, value: Uint8Array, length = value.length): this {
    if (value.length > length) throw new RangeError(`${value.length} bytes do not fit into ${length}`);
    const start = this.#attribute(type, length);
    this.#bytes.set(value, start);
    this.#bytes.fill(0, start + value.length, start + length);
    return this;
  }

  /** Writes NUL-terminated UTF-8. Throws {@link RangeError} when `value` contains a NUL. */
  string(type: number, value: string): this {
    if (value.includes('\0')) throw new RangeError('a string attribute cannot hold NUL');
    return this.binary(type, new TextEncoder().encode(`${value}\0`));
  }

  /** Writes an attribute that contains those written by `body`. */
  nested(type: number, body: (writer: MessageWriter) => void): this {
    const start = this.openNested(type);
    body(this);
    return this.closeNested(start);
  }

  /** Begins an attribute that contains those written before {@link closeNested}, which takes the offset returned here. */
  openNested(type: number): number {
    return this.#attribute(type | NLA_F_NESTED, 0) - NLA_HDRLEN;
  }

  closeNested(start: number): this {
    this.#setAttributeLength(start, this.#length - start);
    return this;
  }

  /** Makes room for an attribute and writes its header; returns the offset of its value. May replace the view. */
  #attribute(type: number, valueLength: number): number {
    const start = this.#take(NLA_HDRLEN + valueLength);
    this.#setAttributeLength(start, NLA_HDRLEN + valueLength);
    this.#view.setUint16(start + 2, type, littleEndian);
    return start + NLA_HDRLEN;
  }

  #setAttributeLength(start: number, length: number): void {
    checkRange(length, 0xffff);
    this.#view.setUint16(start, length, littleEndian);
  }

  /** Makes room for `length` bytes and their zero padding; returns their offset. */
  #take(length: number): number {
    const start = this.#length;
    const end = start + align(length);
    if (end > this.#bytes.length) this.#grow(end);
    // The buffer is reused: clear the padding, so that it does not carry earlier bytes.
    if (end > start) this.#view.setUint32(end - 4, 0);
    this.#length = end;
    return start;
  }

  /** Makes room for at least `length` bytes. */
  #grow(length: number): void {
    const grown = new Uint8Array(2 * length);
    grown.set(this.bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Offset of `nlmsg_seq` in `struct nlmsghdr`. */
export const sequenceOffset = 8;

function checkRange(value: number, highest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > highest) {
    throw new RangeError(`${value} is not a whole number from 0 to ${highest}`);
  }
}
