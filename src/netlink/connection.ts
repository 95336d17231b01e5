import { Answer, type Decode, unexpected } from './answer.ts';
import {
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
} from './constants.ts';
import { BatchError, NetlinkError, type Outcome } from './errors.ts';
import { type Message, readMessages } from './reader.ts';
import type { Transport } from './transport.ts';
import { Window } from './window.ts';
import { MessageWriter } from './writer.ts';

/** How often a dump is asked for before it counts as never coming out consistent. */
const dumpAttempts = 10;

/**
 * After so many exchanges, timers, signals and other input of the process get a turn, however many calls follow each
 * other: some ten milliseconds. Looking at the clock each time would be dear where that is a system call.
 */
const exchangesInATurn = 100;

/** Something to ask of the kernel: a message type, and what to write after the message's header. */
export interface Request {
  readonly type: number;
  /** The type of the messages that answer it, where it is another one. */
  readonly answerType?: number;
  body(writer: MessageWriter): void;
}

/** Requests that were sent and whose answer has not ended yet. */
interface Exchange {
  /** Sequence number of the first. */
  readonly first: number;
  readonly count: number;
  /** Takes a message that answers the request of that index; `true` when it ends the exchange. */
  readonly take: (message: Message, index: number) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests and their answers over one netlink socket.
 *
 * Calls may overlap; they are carried out one after the other, because the kernel does each request inside
 * `sendmsg(2)` anyway and runs one dump per socket. Answers are held against what was asked: the sender must be
 * the kernel, the sequence number one that was sent, the port this socket's, the type the expected one.
 * What is left of the answer to a call that has failed already is skipped.
 *
 * Requests carry no `NLM_F_ACK`. After them, in the same datagram, comes an empty message that does (a barrier):
 * the kernel takes messages in order, so when this one is acknowledged those before it are done, and all refusals have
 * been sent. A request's own acknowledgement may never come: `netlink_rcv_skb` (net/netlink/af_netlink.c) sends nothing for
 * one that ended with `EINTR`, as that does which stops a daemon that has hardly started.
 *
 * Every method rejects with {@link NetlinkError}: with `CLOSED` after {@link close}, and with what its transport
 * reports while it waits. A number that its attribute cannot hold is a {@link RangeError}, before anything is sent.
 */
export class Connection {
  readonly #transport: Transport;
  readonly #writer = new MessageWriter();
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
      datagram: (bytes, senderPort) => this.#receive(bytes, senderPort),
      error: (error) => this.#fail(error),
    });
  }

  /** Has the kernel do something. Rejects with `REFUSED` and its errno when it does not. */
  execute(request: Request): Promise<void> {
    return this.#inTurn(async () => {
      this.#write(request, 0);
      await this.#exchangeToBarrier(this.#writer.bytes, 1, (message) => {
        if (endedBy(NLMSG_ERROR, message)) return true;
        throw unexpected(message);
      });
    });
  }

  /** Asks for one thing and gives what `decode` makes of the reply. */
  get<T>(request: Request, decode: Decode<T>): Promise<T> {
    return this.#inTurn(async () => {
      const answer = new Answer(request.answerType ?? request.type, decode);
      this.#write(request, 0);
      await this.#exchangeToBarrier(
        this.#writer.bytes,
        1,
        (message) => endedBy(NLMSG_ERROR, message) || answer.add(message),
      );
      const values = answer.values();
      const [value] = values;
      if (value === undefined || values.length !== 1) {
        throw new NetlinkError('UNEXPECTED', `${values.length} replies to a request for one`);
      }
      return value;
    });
  }

  /**
   * Asks for a list and gives what `decode` makes of each of its messages, called as they arrive. When the kernel
   * says that the list changed meanwhile, it is asked for again from the start, and at last `INTERRUPTED`.
   */
  dump<T>(request: Request, decode: Decode<T>): Promise<T[]> {
    return this.#inTurn(async () => {
      for (let attempt = 0; attempt < dumpAttempts; attempt++) {
        const answer = new Answer(request.answerType ?? request.type, decode);
        let interrupted = false;
        this.#write(request, NLM_F_DUMP);
        await this.#exchange([this.#writer.bytes], 1, (message) => {
          interrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0;
          return endedBy(NLMSG_DONE, message) || answer.add(message);
        });
        if (!interrupted) return answer.values();
      }
      throw new NetlinkError('INTERRUPTED', `the dump was inconsistent ${dumpAttempts} times`);
    });
  }

  /**
   * Has the kernel do many things in order, whatever becomes of each, in far fewer system calls than
   * one by one. Gives an outcome per request. Rejects with {@link BatchError} when that cannot be told for all.
   *
   * Requests are taken from the iterable a window at a time, so that any number of them takes little memory. One that
   * cannot be encoded is a {@link RangeError} then, after the windows before it have been carried out.
   */
  batch(requests: Iterable<Request>): Promise<Outcome[]> {
    return this.#inTurn(async () => {
      const outcomes: Outcome[] = [];
      const writer = this.#writer.truncate(0);
      let window = new Window(this.#transport.receiveBufferSize);
      let count = 0;
      for (const request of requests) {
        const start = writer.length;
        this.#writeOne(request, 0, count);
        if (!window.take(writer.length - start)) {
          await this.#exchangeWindow(writer.bytes.subarray(0, start), count, outcomes);
          writer.drop(start);
          window = new Window(this.#transport.receiveBufferSize);
          window.take(writer.length);
          count = 0;
        }
        count++;
      }
      if (count > 0) await this.#exchangeWindow(writer.bytes, count, outcomes);
      return outcomes;
    });
  }

  /** Has the next `count` requests carried out, and adds what became of them to `outcomes`. */
  async #exchangeWindow(requests: Uint8Array, count: number, outcomes: Outcome[]): Promise<void> {
    const answers = new Array<Outcome>(count).fill(undefined);
    try {
      await this.#exchangeToBarrier(requests, count, (message, index) => {
        if (message.type !== NLMSG_ERROR) throw unexpected(message);
        const outcome = refusal(message);
        answers[index] ??= outcome;
        return outcome === undefined;
      });
    } catch (error) {
      throw error instanceof NetlinkError ? new BatchError(outcomes, outcomes.length + count, error) : error;
    }
    outcomes.push(...answers);
  }

  /** Closes the transport; calls that wait for an answer, or for their turn, reject with `CLOSED`. */
  close(): void {
    this.#closed = true;
    this.#transport.close();
    this.#fail(closed());
  }

  /** Runs `task` when all that came before has ended, well or not. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#previous.then(task);
    this.#previous = result.catch(() => {});
    return result;
  }

  /** Writes the next request, alone. */
  #write(request: Request, flags: number): void {
    this.#writer.truncate(0);
    this.#writeOne(request, flags, 0);
  }

  /** Writes the request that comes `index` places after the next one, behind what is written. */
  #writeOne({ type, body }: Request, flags: number, index: number): void {
    const sequence = this.#sequence + index;
    this.#writer.message({ type, flags: NLM_F_REQUEST | flags, sequence, port: this.#transport.port }, body);
  }

  /** Sends the next `count` requests and a barrier, which has the sequence number of the last of them. */
  #exchangeToBarrier(requests: Uint8Array, count: number, take: Exchange['take']): Promise<void> {
    const barrier = {
      type: NLMSG_NOOP,
      flags: NLM_F_REQUEST | NLM_F_ACK,
      sequence: this.#sequence + count - 1,
      port: this.#transport.port,
    };
    return this.#exchange([requests, new MessageWriter().message(barrier, () => {}).bytes], count, take);
  }

  /** Sends the next `count` requests and waits until `take` has seen the end of their answer. */
  async #exchange(parts: readonly Uint8Array[], count: number, take: Exchange['take']): Promise<void> {
    // The answer may come while the request is sent. Then nothing here waits for the event loop.
    if (++this.#exchanges % exchangesInATurn === 0) await new Promise(setImmediate);
    await new Promise<void>((resolve, reject) => {
      if (this.#closed) throw closed();
      this.#current = { first: this.#sequence, count, take, resolve, reject };
      this.#sequence += count;
      this.#transport.send(parts);
    });
  }

  /** Takes a datagram; gives whether the exchange that it belongs to goes on. */
  #receive(datagram: Uint8Array, senderPort: number): boolean {
    const exchange = this.#current;
    if (!exchange) return false;
    try {
      if (senderPort !== 0) throw new NetlinkError('UNEXPECTED', `datagram from port ${senderPort}`);
      for (const message of readMessages(datagram)) {
        if (!this.#accept(message, exchange)) continue;
        this.#current = undefined;
        exchange.resolve();
        return false;
      }
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Hands a message to the exchange that it answers; `true` when that has ended it. */
  #accept(message: Message, exchange: Exchange): boolean {
    if (message.type === NLMSG_NOOP) return false;
    if (message.type === NLMSG_OVERRUN) throw new NetlinkError('OVERRUN', 'the kernel lost answers');
    // Sequence numbers are compared as 32-bit differences, so that they may wrap around.
    const index = (message.sequence - exchange.first) | 0;
    const abandoned = index < 0;
    if (abandoned) return false;
    if (index >= exchange.count || message.port !== this.#transport.port) throw unexpected(message);
    return exchange.take(message, index);
  }

  #fail(error: unknown): void {
    const exchange = this.#current;
    this.#current = undefined;
    exchange?.reject(error);
  }
}

/** Whether `message` ends an answer as it should, by a message of type `end`. Throws when it ends it otherwise. */
function endedBy(end: number, message: Message): boolean {
  if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) return false;
  const error = refusal(message);
  if (error) throw error;
  if (message.type !== end) throw unexpected(message);
  return true;
}

/** The kernel's refusal that an `NLMSG_ERROR` or `NLMSG_DONE` holds, unless it tells success. */
function refusal(message: Message): Outcome {
  const errno = message.errno();
  return errno === 0 ? undefined : NetlinkError.refused(errno, message.sequence);
}

function closed(): NetlinkError {
  return new NetlinkError('CLOSED', 'the netlink connection is closed');
}
