import { refusal, unexpected } from './answer.ts';
import { align, littleEndian } from './byte-order.ts';
import type { Connection } from './connection.ts';
import { NLMSG_ERROR } from './constants.ts';
import { DatagramBudget } from './datagram-budget.ts';
import { NetlinkError, type Outcome } from './errors.ts';
import { type Request, writeRequest } from './request.ts';
import { MessageWriter } from './writer.ts';

/** One datagram of a batch: `count` requests, and the marker whose acknowledgement ends the answer to them. */
interface Datagram {
  /** Messages, valid until the next datagram is made. */
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Requests that are encoded when they are sent. */
export interface RequestSource {
  readonly count: number;
  /**
   * Writes the requests from number `first`, as many as `budget` has room for, with consecutive sequence numbers from
   * `sequence`. Returns the number of requests written. Successive calls go through all requests in order.
   */
  write(first: number, budget: DatagramBudget, writer: MessageWriter, sequence: number): number;
}

/** Requests waiting to be sent together. */
export class Batch {
  readonly #connection: Connection;
  readonly #parts: RequestSource[] = [];
  /** The last part, if its requests are already encoded. */
  #encoded: EncodedRequests | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The number of requests. */
  get count(): number {
    return this.#parts.reduce((sum, { count }) => sum + count, 0);
  }

  /** Appends a request. Throws {@link RangeError}, and adds nothing, when it cannot be encoded. */
  add(request: Request): void {
    if (!this.#encoded) {
      this.#encoded = new EncodedRequests(this.#connection.port);
      this.#parts.push(this.#encoded);
    }
    this.#encoded.add(request);
  }

  /** Appends requests that are encoded later. More may be added to `requests` while it is the last part. */
  addLazy(requests: RequestSource): void {
    this.#encoded = undefined;
    this.#parts.push(requests);
  }

  /**
   * Carries out all requests in order, continuing after refusals, in far fewer system calls than one by one. Returns one
   * outcome per request. Rejects with {@link BatchError} when some outcomes are unknown.
   *
   * Call it inside {@link Connection.withLock} only. `progress` is called after each datagram with the number of requests
   * carried out so far.
   */
  async carryOut(progress?: (done: number) => void): Promise<Outcome[]> {
    const outcomes = new Array<Outcome>(this.count).fill(undefined);
    let done = 0;
    for (const datagram of this.#datagrams(this.#connection.sequence)) {
      await this.#sendDatagram(datagram, outcomes, done);
      done += datagram.count;
      progress?.(done);
    }
    return outcomes;
  }

  /** Carries out the requests of a datagram, and stores their outcomes in `outcomes` from index `first`. */
  async #sendDatagram({ bytes, count }: Datagram, outcomes: Outcome[], first: number): Promise<void> {
    try {
      await this.#connection.exchange(bytes, [bytes.length], count, {
        onMessage: (message, index) => {
          if (message.type !== NLMSG_ERROR) throw unexpected(message);
          const outcome = refusal(message);
          outcomes[first + index] ??= outcome;
          return outcome === undefined;
        },
      });
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      throw new BatchError(outcomes.slice(0, first), first + count, error);
    }
  }

  /** Encodes all requests, a datagram at a time, with consecutive sequence numbers from `first`. */
  *#datagrams(first: number): Generator<Datagram> {
    const { port, receiveBufferSize } = this.#connection;
    const writer = new MessageWriter();
    const budget = new DatagramBudget(receiveBufferSize);
    let sequence = first >>> 0;
    let count = 0;
    const finish = () => {
      const datagram = { bytes: writer.ackMarker((sequence - 1) >>> 0, port).bytes, count };
      writer.truncate(0);
      budget.reset();
      count = 0;
      return datagram;
    };
    for (const requests of this.#parts) {
      for (let done = 0; done < requests.count; ) {
        const written = requests.write(done, budget, writer, sequence);
        if (written === 0) yield finish();
        done += written;
        count += written;
        sequence = (sequence + written) >>> 0;
      }
    }
    if (count > 0) yield finish();
  }
}

/** Requests that are encoded when they are added. */
class EncodedRequests implements RequestSource {
  count = 0;
  readonly #port: number;
  readonly #messages = new MessageWriter();
  /** Offset of the message to write next. */
  #next = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Encodes a request. Throws {@link RangeError}, and adds nothing, when it cannot be encoded. */
  add(request: Request): void {
    const messages = this.#messages;
    const start = messages.length;
    try {
      writeRequest(messages, request, 0, this.#port);
    } catch (error) {
      messages.truncate(start);
      throw error;
    }
    this.count++;
  }

  write(first: number, budget: DatagramBudget, writer: MessageWriter, sequence: number): number {
    const messages = this.#messages.bytes;
    const view = new DataView(messages.buffer, messages.byteOffset, messages.byteLength);
    let start = first === 0 ? 0 : this.#next;
    let written = 0;
    for (; first + written < this.count; written++) {
      const length = align(view.getUint32(start, littleEndian));
      if (!budget.reserve(length)) break;
      writer.copy(messages.subarray(start, start + length), sequence + written);
      start += length;
    }
    this.#next = start;
    return written;
  }
}

/**
 * A batch that broke off because communication with the kernel failed. Requests before {@link unknownFrom} have their
 * {@link outcomes}; requests from there to before {@link unknownTo} were sent, but it is unknown whether the kernel carried
 * them out; the rest were never sent. `code` and `cause` give the failure.
 *
 * @example
 * try {
 *   await ipvs.batch([{ request: 'flush' }]);
 * } catch (error) {
 *   if (!(error instanceof BatchError)) throw error;
 *   console.error(`the outcomes of ${error.outcomes.length} requests are known`);
 * }
 */
export class BatchError extends NetlinkError {
  override readonly name = 'BatchError';
  readonly outcomes: readonly Outcome[];
  readonly unknownFrom: number;
  readonly unknownTo: number;

  constructor(outcomes: readonly Outcome[], unknownTo: number, cause: NetlinkError) {
    const message = `batch aborted, outcome of requests ${outcomes.length} to ${unknownTo} unknown: ${cause.message}`;
    super(cause.code, message, { ...(cause.errno !== undefined && { errno: cause.errno }), cause });
    this.outcomes = outcomes;
    this.unknownFrom = outcomes.length;
    this.unknownTo = unknownTo;
  }
}
