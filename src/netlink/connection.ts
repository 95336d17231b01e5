import { Answer, type Decode, unexpected } from './answer.ts';
import { Batch, type Load, writeBarrier } from './batch.ts';
import {
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
} from './constants.ts';
import { Dumps, type Lists } from './dump.ts';
import { BatchError, NetlinkError, type Outcome } from './errors.ts';
import { MessageReader } from './reader.ts';
import type { Request } from './request.ts';
import type { Transport } from './transport.ts';
import { MessageWriter } from './writer.ts';

/** How often a dump is asked for before it counts as never coming out consistent. */
const dumpAttempts = 10;

/**
 * After so many exchanges, timers, signals and other input of the process get a turn, however many calls follow each
 * other: some ten milliseconds. Looking at the clock each time would be dear where that is a system call.
 */
const exchangesInATurn = 500;

/** Requests that were sent and whose answer has not ended yet. */
interface Exchange {
  /** Sequence number of the first. */
  readonly first: number;
  readonly count: number;
  /** Takes a message that answers the request of that index; `true` when it ends the answer to its datagram. */
  readonly take: (message: MessageReader, index: number) => boolean;
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
      datagram: (bytes, start, end, senderPort) => this.#receive(bytes, start, end, senderPort),
      error: (error) => this.#fail(error),
    });
  }

  /** Has the kernel do something. Rejects with `REFUSED` and its errno when it does not. */
  execute(request: Request): Promise<void> {
    return this.#inTurn(async () => {
      const bytes = this.#writeToBarrier(request);
      await this.#exchange(bytes, [bytes.length], 1, (message) => {
        if (endedBy(NLMSG_ERROR, message)) return true;
        throw unexpected(message);
      });
    });
  }

  /** Asks for one thing and gives what `decode` makes of the reply. */
  get<T>(request: Request, decode: Decode<T>): Promise<T> {
    return this.#inTurn(async () => {
      const answer = new Answer(request.answerType ?? request.type, decode);
      const bytes = this.#writeToBarrier(request);
      await this.#exchange(
        bytes,
        [bytes.length],
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
  async dump<T>(request: Request, decode: Decode<T>): Promise<T[]> {
    let values: T[] = [];
    await this.dumpLists({
      count: 1,
      request: () => request,
      begin: () => {
        values = [];
      },
      take: (message) => {
        values.push(decode(message));
      },
    });
    return values;
  }

  /** Asks for several lists, one after the other, as {@link dump} does. Rejects for the first that did not come out. */
  dumpLists(lists: Lists): Promise<void> {
    if (lists.count === 0) return Promise.resolve();
    return this.#inTurn(async () => {
      const all = Array.from({ length: lists.count }, (_, index) => index);
      const dumps = await this.#exchangeDumps(lists, all);
      if (dumps.areWhole) return;
      for (const index of all) {
        if (lists.count > 1 && dumps.isPutOff(index)) await this.#repeat(lists, index, 0);
        else if (dumps.isInterrupted(index)) await this.#repeat(lists, index, 1);
        else dumps.check(index);
      }
    });
  }

  /** Asks for a list once more, and again as long as it changes meanwhile. */
  async #repeat(lists: Lists, index: number, attempts: number): Promise<void> {
    for (let attempt = attempts; attempt < dumpAttempts; attempt++) {
      const dump = await this.#exchangeDumps(lists, [index]);
      if (!dump.isInterrupted(0)) return dump.check(0);
    }
    throw new NetlinkError('INTERRUPTED', `the dump was inconsistent ${dumpAttempts} times`);
  }

  /** An empty batch, for {@link carryOut}. */
  newBatch(): Batch {
    return new Batch(this.#transport.port, this.#transport.receiveBufferSize);
  }

  /**
   * Has the kernel do what a batch asks for, in order, whatever becomes of each, in far fewer system calls than one by
   * one. Gives an outcome per request. Rejects with {@link BatchError} when that cannot be told for all.
   *
   * `progress` is told now and then how many have been carried out.
   */
  carryOut(batch: Batch, progress?: (done: number) => void): Promise<Outcome[]> {
    return this.#inTurn(async () => {
      const outcomes = new Array<Outcome>(batch.count).fill(undefined);
      let done = 0;
      for (const load of batch.loads(this.#sequence)) {
        await this.#exchangeLoad(load, outcomes, done);
        done += load.count;
        progress?.(done);
      }
      return outcomes;
    });
  }

  /** Has the next requests carried out, and notes what became of them in `outcomes`, from that of the number `first` on. */
  async #exchangeLoad(load: Load, outcomes: Outcome[], first: number): Promise<void> {
    const { datagram, count } = load;
    try {
      await this.#exchange(datagram, [datagram.length], count, (message, index) => {
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

  /** Writes the next request. */
  #write({ type, body }: Request, flags: number): MessageWriter {
    const { port } = this.#transport;
    const header = { type, flags: NLM_F_REQUEST | flags, sequence: this.#sequence, port };
    return this.#writer.truncate(0).message(header, body);
  }

  /** The next request and a barrier, which has its sequence number. */
  #writeToBarrier(request: Request): Uint8Array {
    return writeBarrier(this.#write(request, 0), this.#sequence, this.#transport.port).bytes;
  }

  /** Asks for lists and waits until they have ended, well or not. */
  async #exchangeDumps(lists: Lists, indices: readonly number[]): Promise<Dumps> {
    const { port } = this.#transport;
    const writer = this.#writer.truncate(0);
    const dumps = new Dumps(lists, indices);
    const header = { type: 0, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: this.#sequence, port };
    const ends = indices.map((index) => {
      const { type, body } = lists.request(index);
      lists.begin(index);
      header.type = type;
      const end = writer.message(header, body).length;
      header.sequence = (header.sequence + 1) >>> 0;
      return end;
    });
    await this.#exchange(writer.bytes, ends, ends.length, (message, place) => dumps.take(message, place));
    return dumps;
  }

  /**
   * Sends the next `count` requests, which stand in `bytes` in datagrams up to those ends, and waits until `take` has seen the
   * end of each's answer.
   */
  async #exchange(
    bytes: Uint8Array,
    ends: readonly number[],
    count: number,
    take: Exchange['take'],
  ): Promise<void> {
    this.#exchanges += ends.length;
    if (this.#exchanges >= exchangesInATurn) {
      this.#exchanges = 0;
      await new Promise(setImmediate);
    }
    if (this.#closed) throw closed();
    const exchange: Exchange = { first: this.#sequence, count, take, unanswered: ends.length };
    this.#current = exchange;
    this.#sequence = (this.#sequence + count) >>> 0;
    this.#transport.send(bytes, ends);
    // The answer may have come while the request was sent. Then nothing here waits for the event loop.
    if (this.#current === exchange) {
      await new Promise<void>((resolve) => {
        exchange.wake = resolve;
      });
    }
    if (exchange.failure) throw exchange.failure.error;
  }

  /** Takes a datagram; gives whether the answer that it belongs to goes on. */
  #receive(bytes: Uint8Array, start: number, end: number, senderPort: number): boolean {
    const exchange = this.#current;
    if (!exchange) return false;
    try {
      if (senderPort !== 0) throw new NetlinkError('UNEXPECTED', `datagram from port ${senderPort}`);
      let goesOn = true;
      const message = this.#reader.turnTo(bytes, start, end);
      while (message.next()) {
        if (!this.#accept(message, exchange)) continue;
        goesOn = false;
        if (--exchange.unanswered > 0) continue;
        this.#current = undefined;
        exchange.wake?.();
        break;
      }
      return goesOn;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Hands a message to the exchange that it answers; `true` when that has ended it. */
  #accept(message: MessageReader, exchange: Exchange): boolean {
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
    if (!exchange) return;
    this.#current = undefined;
    exchange.failure = { error };
    exchange.wake?.();
  }
}

/** Whether `message` ends an answer as it should, by a message of type `end`. Throws when it ends it otherwise. */
function endedBy(end: number, message: MessageReader): boolean {
  if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) return false;
  const error = refusal(message);
  if (error) throw error;
  if (message.type !== end) throw unexpected(message);
  return true;
}

/** The kernel's refusal that an `NLMSG_ERROR` or `NLMSG_DONE` holds, unless it tells success. */
function refusal(message: MessageReader): Outcome {
  const errno = message.errno();
  return errno === 0 ? undefined : NetlinkError.refused(errno, message.sequence);
}

function closed(): NetlinkError {
  return new NetlinkError('CLOSED', 'the netlink connection is closed');
}
