import { refusal, unexpected } from './answer.ts';
import { writeBarrier } from './barrier.ts';
import { align, littleEndian } from './byte-order.ts';
import type { Connection } from './connection.ts';
import { NLM_F_REQUEST, NLMSG_ERROR } from './constants.ts';
import { NetlinkError, type Outcome } from './errors.ts';
import type { Request } from './request.ts';
import { Window } from './window.ts';
import { MessageWriter } from './writer.ts';

/** As many requests of a batch as travel in one datagram, and the barrier behind them; lent until the next are asked for. */
interface Load {
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
  readonly #connection: Connection;
  readonly #parts: Requests[] = [];
  /** The latest part, if its requests are encoded already. */
  #encoded: EncodedRequests | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
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
      this.#encoded = new EncodedRequests(this.#connection.port);
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
   * Has the kernel do what they ask for, in order, whatever becomes of each, in far fewer system calls than one by one. Gives
   * an outcome per request. Rejects with {@link BatchError} when that cannot be told for all.
   *
   * For who has its turn of the connection. `progress` is told now and then how many have been carried out.
   */
  async carryOut(progress?: (done: number) => void): Promise<Outcome[]> {
    const outcomes = new Array<Outcome>(this.count).fill(undefined);
    let done = 0;
    for (const load of this.#loads(this.#connection.sequence)) {
      await this.#exchange(load, outcomes, done);
      done += load.count;
      progress?.(done);
    }
    return outcomes;
  }

  /** Has the next requests carried out, and notes what became of them in `outcomes`, from that of the number `first` on. */
  async #exchange({ datagram, count }: Load, outcomes: Outcome[], first: number): Promise<void> {
    try {
      await this.#connection.exchange(datagram, [datagram.length], count, (message, index) => {
        if (message.type !== NLMSG_ERROR) throw unexpected(message);
        const outcome = refusal(message);
        outcomes[first + index] ??= outcome;
        return outcome === undefined;
      });
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      throw new BatchError(outcomes.slice(0, first), first + count, error);
    }
  }

  /**
   * What was added, a datagram at a time, with consecutive sequence numbers from `first` on; a load's barrier has that of its
   * last request.
   */
  *#loads(first: number): Generator<Load> {
    const { port, receiveBufferSize } = this.#connection;
    const writer = new MessageWriter();
    let window = new Window(receiveBufferSize);
    let sequence = first >>> 0;
    let count = 0;
    const load = () => {
      const datagram = writeBarrier(writer, (sequence - 1) >>> 0, port).bytes;
      writer.truncate(0);
      window = new Window(receiveBufferSize);
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

/**
 * A batch broke off. Requests before {@link unknownFrom} have their {@link outcomes}; those from there to
 * before {@link unknownTo} were sent, and whether the kernel did them is not known; the rest were never sent.
 * `code` and `cause` are those of the failure that broke it off.
 */
export class BatchError extends NetlinkError {
  override readonly name = 'BatchError';
  readonly outcomes: readonly Outcome[];
  readonly unknownFrom: number;
  readonly unknownTo: number;

  constructor(outcomes: readonly Outcome[], unknownTo: number, cause: NetlinkError) {
    const message = `batch broken off, outcome of requests ${outcomes.length} to ${unknownTo} unknown: ${cause.message}`;
    super(cause.code, message, { ...(cause.errno !== undefined && { errno: cause.errno }), cause });
    this.outcomes = outcomes;
    this.unknownFrom = outcomes.length;
    this.unknownTo = unknownTo;
  }
}
