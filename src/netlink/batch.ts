import { align, littleEndian } from './byte-order.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_NOOP } from './constants.ts';
import type { Request } from './request.ts';
import { Window } from './window.ts';
import { MessageWriter } from './writer.ts';

/** As many requests of a batch as travel in one datagram, and the barrier behind them; lent until the next are asked for. */
export interface Load {
  readonly datagram: Uint8Array;
  /** How many requests there are. */
  readonly count: number;
}

/** Requests that are written when they are sent. */
export interface Requests {
  readonly count: number;
  /**
   * Writes their messages, from that of the number `first` on, as many as the window takes, with consecutive sequence numbers
   * from `sequence` on. Gives how many; it is called for one after the other.
   */
  write(first: number, window: Window, writer: MessageWriter, sequence: number): number;
}

/** Requests waiting to be sent together. */
export class Batch {
  readonly #port: number;
  readonly #receiveBufferSize: number;
  readonly #parts: Requests[] = [];
  /** The latest part, if its requests are encoded already. */
  #encoded: EncodedRequests | undefined;

  /** For a socket of that port and receive buffer. */
  constructor(port: number, receiveBufferSize: number) {
    this.#port = port;
    this.#receiveBufferSize = receiveBufferSize;
  }

  /** How many requests there are. */
  get count(): number {
    return this.#parts.reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * Puts a request behind the others. Throws {@link RangeError}, and adds nothing, when it cannot be encoded. Gives its
   * message, valid until the next is added.
   */
  add(request: Request): Uint8Array {
    if (!this.#encoded) {
      this.#encoded = new EncodedRequests(this.#port);
      this.#parts.push(this.#encoded);
    }
    return this.#encoded.add(request);
  }

  /** Puts requests behind the others that are written later; as long as they are the last, they may become more. */
  addLater(requests: Requests): void {
    this.#encoded = undefined;
    this.#parts.push(requests);
  }

  /**
   * What was added, a datagram at a time, with consecutive sequence numbers from `first` on; a load's barrier has that of its
   * last request.
   */
  *loads(first: number): Generator<Load> {
    const writer = new MessageWriter();
    let window = new Window(this.#receiveBufferSize);
    let sequence = first >>> 0;
    let count = 0;
    const load = () => {
      const datagram = writeBarrier(writer, (sequence - 1) >>> 0, this.#port).bytes;
      writer.truncate(0);
      window = new Window(this.#receiveBufferSize);
      const written = { datagram, count };
      count = 0;
      return written;
    };
    for (const requests of this.#parts) {
      for (let done = 0; done < requests.count; ) {
        const written = requests.write(done, window, writer, sequence);
        if (written === 0) yield load();
        done += written;
        count += written;
        sequence = (sequence + written) >>> 0;
      }
    }
    if (count > 0) yield load();
  }
}

/** Requests in the kernel's form. */
class EncodedRequests implements Requests {
  count = 0;
  readonly #port: number;
  readonly #messages = new MessageWriter();
  /** Where the next of them to be written stands. */
  #next = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Throws {@link RangeError}, and adds nothing, when it cannot be encoded. */
  add({ type, body }: Request): Uint8Array {
    const messages = this.#messages;
    const start = messages.length;
    try {
      messages.message({ type, flags: NLM_F_REQUEST, sequence: 0, port: this.#port }, body);
    } catch (error) {
      messages.truncate(start);
      throw error;
    }
    this.count++;
    return messages.bytes.subarray(start);
  }

  write(first: number, window: Window, writer: MessageWriter, sequence: number): number {
    const messages = this.#messages.bytes;
    const view = new DataView(messages.buffer, messages.byteOffset, messages.byteLength);
    let start = first === 0 ? 0 : this.#next;
    let written = 0;
    for (; first + written < this.count; written++) {
      const length = align(view.getUint32(start, littleEndian));
      if (window.take(length, 1) === 0) break;
      writer.copies(messages.subarray(start, start + length), 1, sequence + written);
      start += length;
    }
    this.#next = start;
    return written;
  }
}

/** Writes the empty message that has an acknowledgement sent when all requests before it are done. */
export function writeBarrier(writer: MessageWriter, sequence: number, port: number): MessageWriter {
  return writer.message({ type: NLMSG_NOOP, flags: NLM_F_REQUEST | NLM_F_ACK, sequence, port }, () => {});
}
