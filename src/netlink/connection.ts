import { type Decode, refusal, unexpected } from './answer.ts';
import { NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN } from './constants.ts';
import { NetlinkError } from './errors.ts';
import { MessageReader } from './reader.ts';
import { type Request, writeRequest } from './request.ts';
import { type Transport, transportError } from './transport.ts';
import { MessageWriter } from './writer.ts';

/**
 * Number of exchanges after which timers, signals and other input of the process get a turn, however many calls follow each
 * other: some ten milliseconds. Looking at the clock each time would take too long where that is a system call.
 */
const exchangesInATurn = 500;

/** Takes the answers to requests. */
export interface Answers {
  /** Takes a message that answers the request of that index; returns whether it ends the answer to its datagram. */
  take(message: MessageReader, index: number): boolean;
}

/** Requests that were sent and whose answer has not ended yet. */
interface Exchange {
  /** Sequence number of the first. */
  readonly first: number;
  readonly count: number;
  readonly answers: Answers;
  /** Datagrams whose answer has not ended. */
  unanswered: number;
  failure?: { readonly error: unknown };
  /** Called at the end, where that was waited for. */
  wake?: () => void;
}

/**
 * Requests and their answers over one netlink socket.
 *
 * Calls may overlap; they are carried out one after the other, because the kernel does each request inside
 * `sendmsg(2)` anyway and runs one dump per socket. Answers are held against what was asked: the sender must be
 * the kernel, the sequence number one that was sent, the port this socket's, the type the expected one.
 * Messages that still come in answer to a call that has failed are skipped.
 *
 * Requests carry no `NLM_F_ACK`. After them, in the same datagram, comes an empty message that does ({@link MessageWriter.ackMarker}):
 * the kernel takes messages in order, so when this one is acknowledged those before it are done, and all refusals have
 * been sent. A request's own acknowledgement may never come: `netlink_rcv_skb` (net/netlink/af_netlink.c) sends nothing for
 * one that ended with `EINTR`, as that does which stops a daemon that has hardly started.
 *
 * Every method rejects with {@link NetlinkError}: with `CLOSED` after {@link close}, and with what its transport
 * reports while it waits. A number that its attribute cannot hold is a {@link RangeError}, before anything is sent.
 */
export class Connection {
  readonly #transport: Transport;
  /** Writes requests, for a caller that runs inside {@link withLock}; its bytes are overwritten by the next exchange. */
  readonly writer = new MessageWriter();
  readonly #reader = new MessageReader();
  /** Sequence number of the next request. */
  #sequence = 1;
  #current: Exchange | undefined;
  #previous: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Exchanges since the event loop turned. */
  #exchanges = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.listen({
      datagram: this.receive.bind(this),
      error: (error) => this.#fail(transportError(error)),
    });
  }

  /** Has the kernel carry out a request. Rejects with `REFUSED` and its errno when it does not. */
  execute(request: Request): Promise<void> {
    return this.withLock(async () => {
      const bytes = this.#writeNext(request);
      await this.exchange(bytes, [bytes.length], 1, {
        take: (message) => {
          if (isAcknowledgement(message)) return true;
          throw unexpected(message);
        },
      });
    });
  }

  /** Asks for one thing and gives what `decode` makes of the reply. */
  request<T>(request: Request, decode: Decode<T>): Promise<T> {
    return this.withLock(() => this.requestLocked(request, decode));
  }

  /** Asks for one thing as {@link request} does, for a caller that runs inside {@link withLock}. */
  async requestLocked<T>(request: Request, decode: Decode<T>): Promise<T> {
    const { answerType = request.type } = request;
    const values: T[] = [];
    // A reply that cannot be decoded fails the request only at its end, so that the rest does not come in the way of the next.
    let failure: { readonly error: unknown } | undefined;
    const bytes = this.#writeNext(request);
    await this.exchange(bytes, [bytes.length], 1, {
      take: (message) => {
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
      throw new NetlinkError('UNEXPECTED', `${values.length} replies to a request for one`);
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

  /** Bytes of answers that can wait, as {@link Transport.receiveBufferSize}. */
  get receiveBufferSize(): number {
    return this.#transport.receiveBufferSize;
  }

  /** Sequence number of the next request. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Runs `task`, which makes exchanges, when all that came before has ended, well or not. */
  withLock<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#previous.then(task);
    this.#previous = result.catch(() => {});
    return result;
  }

  /** Writes the next request, and the marker whose acknowledgement ends its answer. */
  #writeNext(request: Request): Uint8Array {
    const writer = writeRequest(this.writer.truncate(0), request, this.#sequence, this.port);
    return writer.ackMarker(this.#sequence, this.port).bytes;
  }

  /**
   * Sends the next `count` requests, which stand in `bytes` in datagrams up to those ends, and waits until `answers` have taken
   * the end of the answer to each datagram.
   */
  async exchange(bytes: Uint8Array, ends: readonly number[], count: number, answers: Answers): Promise<void> {
    this.#exchanges += ends.length;
    if (this.#exchanges >= exchangesInATurn) {
      this.#exchanges = 0;
      await new Promise(setImmediate);
    }
    if (this.#closed) throw closed();
    const exchange: Exchange = { first: this.#sequence, count, answers, unanswered: ends.length };
    this.#current = exchange;
    this.#sequence = (this.#sequence + count) >>> 0;
    try {
      this.#transport.send(bytes, ends);
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
    // The answer may have come while the request was sent. Then nothing here waits for the event loop.
    if (this.#current === exchange) {
      await new Promise<void>((resolve) => {
        exchange.wake = resolve;
      });
    }
    if (exchange.failure) throw exchange.failure.error;
  }

  // `private` where a method runs for each datagram: `tuneForBulk` finds no names that begin with `#`.

  /** Takes a datagram; returns whether more of the same answer is to come. */
  private receive(bytes: Uint8Array, start: number, end: number, senderPort: number): boolean {
    const exchange = this.#current;
    if (!exchange) return false;
    try {
      if (senderPort !== 0) throw new NetlinkError('UNEXPECTED', `datagram from port ${senderPort}`);
      let isUnfinished = true;
      const message = this.#reader.moveTo(bytes, start, end);
      while (message.next()) {
        const { type } = message;
        if (type === NLMSG_NOOP) continue;
        if (type === NLMSG_OVERRUN) throw new NetlinkError('OVERRUN', 'the kernel lost answers');
        // Sequence numbers are compared as 32-bit differences, so that they may wrap around.
        const index = (message.sequence - exchange.first) | 0;
        const abandoned = index < 0;
        if (abandoned) continue;
        if (index >= exchange.count || message.port !== this.port) throw unexpected(message);
        if (!exchange.answers.take(message, index)) continue;
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
    // Whatever of the exchange has not been sent must not be sent later, when its bytes may have changed.
    this.#transport.send(nothing, []);
    exchange.wake?.();
  }
}

const nothing = new Uint8Array();

/** Returns whether `message` ends an answer as it should. Throws when it ends it otherwise. */
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
