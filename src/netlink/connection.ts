import { type Decode, refusal, unexpected } from './answer.ts';
import { NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN } from './constants.ts';
import { NetlinkError } from './errors.ts';
import { MessageReader } from './reader.ts';
import { type Request, writeRequest } from './request.ts';
import { type Transport, transportError } from './transport.ts';
import { MessageWriter } from './writer.ts';

/**
 * Number of datagrams after which timers, signals and other input of the process get a turn, however closely calls follow each
 * other: some ten milliseconds. Checking the clock each time would take too long where that is a system call.
 */
const datagramsPerTurn = 500;

/** Receiver of the answers to requests. */
export interface AnswerHandler {
  /** Receives a message that answers the request at `index`; returns whether it ends the answer to its datagram. */
  onMessage(message: MessageReader, index: number): boolean;
}

/** Requests that were sent, and whose answer has not ended yet. */
interface Exchange {
  /** Sequence number of the first request. */
  readonly first: number;
  readonly count: number;
  readonly handler: AnswerHandler;
  /** Number of datagrams whose answer has not ended yet. */
  unanswered: number;
  failure?: { readonly error: unknown };
  /** Called when the exchange ends, if the caller is waiting. */
  wake?: () => void;
}

/**
 * Requests and their answers over one netlink socket.
 *
 * Calls may overlap; they are carried out one after the other, because the kernel processes each request inside `sendmsg(2)`
 * anyway and runs one dump per socket. Answers are checked against the requests: the sender must be the kernel, the sequence
 * number one that was sent, the port this socket's, the type the expected one. Late answers to a call that has failed are
 * skipped.
 *
 * Requests carry no `NLM_F_ACK`. After them, in the same datagram, comes an empty message that does
 * ({@link MessageWriter.ackMarker}): the kernel processes messages in order, so the acknowledgement of that message means that
 * those before it are done and all refusals have been sent. A request's own acknowledgement may never come: `netlink_rcv_skb`
 * (net/netlink/af_netlink.c) sends nothing for a request that ended with `EINTR`, as stopping a daemon that has barely started
 * does.
 *
 * Every method rejects with {@link NetlinkError}: with `CLOSED` after {@link close}, and with any error that the transport
 * reports meanwhile. A number that its attribute cannot hold is a {@link RangeError}, before anything is sent.
 */
export class Connection {
  readonly #transport: Transport;
  /** Writer of requests, for callers inside {@link withLock}; the next exchange overwrites its bytes. */
  readonly writer = new MessageWriter();
  readonly #reader = new MessageReader();
  /** Sequence number of the next request. */
  #sequence = 1;
  #current: Exchange | undefined;
  #previous: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Datagrams sent since the event loop last got a turn. */
  #datagrams = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.listen({
      datagram: this.receive.bind(this),
      error: (error) => this.#fail(transportError(error)),
    });
  }

  /** Has the kernel carry out a request. Rejects with `REFUSED` and the errno when the kernel refuses. */
  execute(request: Request): Promise<void> {
    return this.withLock(async () => {
      const bytes = this.#writeNext(request);
      await this.exchange(bytes, [bytes.length], 1, {
        onMessage: (message) => {
          if (isAcknowledgement(message)) return true;
          throw unexpected(message);
        },
      });
    });
  }

  /** Sends a request that has one reply, and returns that reply decoded. */
  request<T>(request: Request, decode: Decode<T>): Promise<T> {
    return this.withLock(() => this.requestLocked(request, decode));
  }

  /** Sends a request as {@link request} does, for callers inside {@link withLock}. */
  async requestLocked<T>(request: Request, decode: Decode<T>): Promise<T> {
    const { answerType = request.type } = request;
    const values: T[] = [];
    // A reply that cannot be decoded fails the request only after its answer has ended, so that the rest of it does not disturb
    // the next request.
    let failure: { readonly error: unknown } | undefined;
    const bytes = this.#writeNext(request);
    await this.exchange(bytes, [bytes.length], 1, {
      onMessage: (message) => {
        if (isAcknowledgement(message)) return true;
        try {
          if (message.type !== answerType) throw unexpected(message);
          values.push(decode(message));
        } catch (error) {
          failure ??= { error };
        }
        return false;
      },
    });
    if (failure) throw failure.error;
    const [value] = values;
    if (value === undefined || values.length !== 1) {
      throw new NetlinkError('UNEXPECTED', `expected one reply, but received ${values.length}`);
    }
    return value;
  }

  /** Closes the transport; calls that wait for an answer, or for their turn, reject with `CLOSED`. */
  close(): void {
    this.#closed = true;
    this.#transport.close();
    if (this.#current) this.#fail(closed());
  }

  /** The port that the kernel's answers go to. */
  get port(): number {
    return this.#transport.port;
  }

  /** Size of the receive buffer in bytes, as {@link Transport.receiveBufferSize}. */
  get receiveBufferSize(): number {
    return this.#transport.receiveBufferSize;
  }

  /** Sequence number of the next request. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Runs `task` with the connection to itself, once all earlier tasks have ended, successfully or not. */
  withLock<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#previous.then(task);
    this.#previous = result.catch(() => {});
    return result;
  }

  /** Encodes the next request, and the marker whose acknowledgement ends the answer. */
  #writeNext(request: Request): Uint8Array {
    const writer = writeRequest(this.writer.truncate(0), request, this.#sequence, this.port);
    return writer.ackMarker(this.#sequence, this.port).bytes;
  }

  /**
   * Sends the next `count` requests, encoded in `bytes` as datagrams that end at the offsets `ends`, and waits until `handler`
   * has received the end of the answer to each datagram.
   */
  async exchange(
    bytes: Uint8Array,
    ends: readonly number[],
    count: number,
    handler: AnswerHandler,
  ): Promise<void> {
    this.#datagrams += ends.length;
    if (this.#datagrams >= datagramsPerTurn) {
      this.#datagrams = 0;
      await new Promise(setImmediate);
    }
    if (this.#closed) throw closed();
    const exchange: Exchange = { first: this.#sequence, count, handler, unanswered: ends.length };
    this.#current = exchange;
    this.#sequence = (this.#sequence + count) >>> 0;
    try {
      this.#transport.send(bytes, ends);
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
    // The answer may have arrived during the send: then there is nothing to wait for.
    if (this.#current === exchange) {
      await new Promise<void>((resolve) => {
        exchange.wake = resolve;
      });
    }
    if (exchange.failure) throw exchange.failure.error;
  }

  // `private` for methods that run for each datagram, because `tuneForBulk` cannot find names that begin with `#`.

  /** Receives a datagram; returns whether more datagrams of the same answer are expected. */
  private receive(bytes: Uint8Array, start: number, end: number, senderPort: number): boolean {
    const exchange = this.#current;
    if (!exchange) return false;
    try {
      if (senderPort !== 0)
        throw new NetlinkError('UNEXPECTED', `datagram from port ${senderPort}, not from the kernel`);
      let isUnfinished = true;
      const message = this.#reader.moveTo(bytes, start, end);
      while (message.next()) {
        const { type } = message;
        if (type === NLMSG_NOOP) continue;
        if (type === NLMSG_OVERRUN) throw new NetlinkError('OVERRUN', 'the kernel reported lost answers');
        // Sequence numbers are compared as 32-bit differences, so that they may wrap around.
        const index = (message.sequence - exchange.first) | 0;
        const abandoned = index < 0;
        if (abandoned) continue;
        if (index >= exchange.count || message.port !== this.port) throw unexpected(message);
        if (!exchange.handler.onMessage(message, index)) continue;
        isUnfinished = false;
        if (--exchange.unanswered > 0) continue;
        this.#current = undefined;
        exchange.wake?.();
        break;
      }
      return isUnfinished;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    const exchange = this.#current;
    if (!exchange) return;
    this.#current = undefined;
    exchange.failure = { error };
    // Cancel any part of the exchange that is not sent yet: its bytes may change before it is.
    this.#transport.send(nothing, []);
    exchange.wake?.();
  }
}

const nothing = new Uint8Array();

/** Returns whether `message` ends an answer with success. Throws when it ends the answer in another way. */
function isAcknowledgement(message: MessageReader): boolean {
  if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) return false;
  const error = refusal(message);
  if (error) throw error;
  if (message.type !== NLMSG_ERROR) throw unexpected(message);
  return true;
}

function closed(): NetlinkError {
  return new NetlinkError('CLOSED', 'the netlink connection is closed');
}
