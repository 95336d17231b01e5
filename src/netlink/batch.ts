import { align, littleEndian } from './byte-order.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_NOOP } from './constants.ts';
import type { Request } from './request.ts';
import { Window } from './window.ts';
import { MessageWriter } from './writer.ts';

/** As many requests of a batch as travel in one datagram, and the barrier behind them. */
export interface Load {
  readonly datagram: Uint8Array;
  /** How many requests there are. */
  readonly count: number;
}

/** Requests in the kernel's form, waiting to be sent together. Their sequence numbers are chosen when they are sent. */
export class Batch {
  readonly #port: number;
  readonly #receiveBufferSize: number;
  readonly #loads: Load[] = [];
  readonly #writer = new MessageWriter();
  #window: Window;
  /** How many requests the writer holds. */
  #count = 0;

  /** For a socket of that port and receive buffer. */
  constructor(port: number, receiveBufferSize: number) {
    this.#port = port;
    this.#receiveBufferSize = receiveBufferSize;
    this.#window = new Window(receiveBufferSize);
  }

  /**
   * Puts a request behind the others. Throws {@link RangeError}, and adds nothing, when it cannot be encoded. Gives its
   * message, valid until the next is added.
   */
  add({ type, body }: Request): Uint8Array {
    const writer = this.#writer;
    const start = writer.length;
    let message: Uint8Array;
    try {
      writer.message({ type, flags: NLM_F_REQUEST, sequence: 0, port: this.#port }, body);
      message = writer.bytes.slice(start);
    } finally {
      writer.truncate(start);
    }
    this.addMessage(message);
    return message;
  }

  /** Puts a request behind the others that is encoded already, as one was that has been added. */
  addMessage(message: Uint8Array): void {
    if (!this.#window.take(message.length)) {
      this.#endLoad();
      this.#window.take(message.length);
    }
    this.#writer.append(message);
    this.#count++;
  }

  /** What was added, a datagram at a time. */
  loads(): readonly Load[] {
    if (this.#count > 0) this.#endLoad();
    return this.#loads;
  }

  #endLoad(): void {
    const datagram = writeBarrier(this.#writer, 0, this.#port).bytes.slice();
    this.#loads.push({ datagram, count: this.#count });
    this.#writer.truncate(0);
    this.#window = new Window(this.#receiveBufferSize);
    this.#count = 0;
  }
}

/** Writes the empty message that has an acknowledgement sent when all requests before it are done. */
export function writeBarrier(writer: MessageWriter, sequence: number, port: number): MessageWriter {
  return writer.message({ type: NLMSG_NOOP, flags: NLM_F_REQUEST | NLM_F_ACK, sequence, port }, () => {});
}

/** Gives the requests of a load consecutive sequence numbers, from `first` on, and the barrier that of the last. */
export function numberLoad({ datagram, count }: Load, first: number): void {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  let start = 0;
  for (let index = 0; start < datagram.length; index++) {
    view.setUint32(start + sequenceOffset, first + Math.min(index, count - 1), littleEndian);
    start += align(view.getUint32(start, littleEndian));
  }
}

/** Of `nlmsg_seq` in `struct nlmsghdr`. */
const sequenceOffset = 8;
