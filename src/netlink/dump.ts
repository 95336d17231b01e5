import { EBUSY } from '../platform/errno.ts';
import { type Decode, refusal, unexpected } from './answer.ts';
import type { Answers, Connection } from './connection.ts';
import { NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from './constants.ts';
import { NetlinkError } from './errors.ts';
import type { MessageReader } from './reader.ts';
import type { Request } from './request.ts';
import { MessageWriter } from './writer.ts';

/** Number of times that a dump is asked for before it counts as never coming out consistent. */
const attempts = 10;

/** Lists that the kernel is asked for together, one after the other, and what takes them. */
export interface Lists {
  readonly count: number;
  /** Returns the request for the list of that number, valid until the next call. All have the same types. */
  request(index: number): Request;
  /**
   * Returns the messages of the requests for those lists, where the caller has them as {@link encodeDump} writes them, with sequence
   * numbers from `sequence` on; also valid until the next call.
   */
  encoded?(indices: readonly number[], sequence: number): Messages | undefined;
  /** Called when a list begins; when it begins again, entries taken of it before do not count. */
  begin(index: number): void;
  /** Takes a message of that list, valid during the call only. What it throws fails the list, at its end. */
  take(message: MessageReader, index: number): void;
}

/** Messages one behind the other, and the offset behind each. */
export interface Messages {
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
}

/** Returns the message that asks for a list. Its sequence number means nothing yet. */
export function encodeDump(connection: Connection, request: Request): Uint8Array {
  return writeDump(new MessageWriter(), request, 0, connection.port).bytes;
}

function writeDump(
  writer: MessageWriter,
  { type, body }: Request,
  sequence: number,
  port: number,
): MessageWriter {
  return writer.message({ type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence, port }, body);
}

// The functions below are for callers that run inside {@link Connection.withLock}.

/**
 * Asks for a list and gives what `decode` makes of each of its messages, called as they arrive. When the kernel says that
 * the list changed meanwhile, it is asked for again from the start, and at last `INTERRUPTED`.
 */
export async function dump<T>(connection: Connection, request: Request, decode: Decode<T>): Promise<T[]> {
  let values: T[] = [];
  await dumpLists(connection, {
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
export async function dumpLists(connection: Connection, lists: Lists): Promise<void> {
  if (lists.count === 0) return;
  const all: number[] = [];
  for (let index = 0; index < lists.count; index++) all.push(index);
  const dumps = await exchange(connection, lists, all);
  if (dumps.allComplete) return;
  for (const index of all) {
    if (lists.count > 1 && dumps.wasBusy(index)) await repeat(connection, lists, index, 0);
    else if (dumps.isInterrupted(index)) await repeat(connection, lists, index, 1);
    else dumps.check(index);
  }
}

/** Asks for a list once more, and again as long as it changes meanwhile. */
async function repeat(connection: Connection, lists: Lists, index: number, before: number): Promise<void> {
  for (let attempt = before; attempt < attempts; attempt++) {
    const dump = await exchange(connection, lists, [index]);
    if (!dump.isInterrupted(0)) return dump.check(0);
  }
  throw new NetlinkError('INTERRUPTED', `the dump was inconsistent ${attempts} times`);
}

/** Asks for lists and waits until they have ended, well or not. */
async function exchange(connection: Connection, lists: Lists, indices: readonly number[]): Promise<Dumps> {
  const dumps = new Dumps(lists, indices);
  for (const index of indices) lists.begin(index);
  const { bytes, ends } =
    lists.encoded?.(indices, connection.sequence) ?? encodeRequests(connection, lists, indices);
  await connection.exchange(bytes, ends, ends.length, dumps);
  return dumps;
}

function encodeRequests(
  { port, sequence, writer }: Connection,
  lists: Lists,
  indices: readonly number[],
): Messages {
  writer.truncate(0);
  const ends = indices.map((index, place) => {
    return writeDump(writer, lists.request(index), (sequence + place) >>> 0, port).length;
  });
  return { bytes: writer.bytes, ends };
}

/** Problems of lists that did not come whole. */
interface DumpProblem {
  /** The error of the first message that could not be taken. */
  failure?: { readonly error: unknown };
  refusal?: NetlinkError;
  isInterrupted?: boolean;
}

/** Some of {@link Lists}, as they are asked for at a time. */
class Dumps implements Answers {
  readonly #lists: Lists;
  /** Numbers of the lists. */
  readonly #indices: readonly number[];
  readonly #answerType: number;
  /** Problems by the place among these numbers; most lists have none. */
  readonly #problems = new Map<number, DumpProblem>();

  constructor(lists: Lists, indices: readonly number[]) {
    this.#lists = lists;
    this.#indices = indices;
    const { type, answerType = type } = lists.request(indices[0] ?? 0);
    this.#answerType = answerType;
  }

  /** Takes a message of the answer to the request at that place; returns whether that has ended it. */
  take(message: MessageReader, place: number): boolean {
    const { type } = message;
    if (message.flags & NLM_F_DUMP_INTR) this.#problemOf(place).isInterrupted = true;
    if (type === NLMSG_DONE || type === NLMSG_ERROR) {
      const refused = refusal(message);
      if (refused) this.#problemOf(place).refusal = refused;
      else if (type !== NLMSG_DONE) throw unexpected(message);
      return true;
    }
    if (this.#problems.size > 0 && this.#problems.get(place)?.failure) return false;
    try {
      if (type !== this.#answerType) throw unexpected(message);
      this.#lists.take(message, this.#indices[place] ?? 0);
    } catch (error) {
      this.#problemOf(place).failure = { error };
    }
    return false;
  }

  #problemOf(place: number): DumpProblem {
    const problem = this.#problems.get(place) ?? {};
    this.#problems.set(place, problem);
    return problem;
  }

  /** True when all lists came out as they should. */
  get allComplete(): boolean {
    return this.#problems.size === 0;
  }

  /** Returns whether the kernel says that a list changed while it was read. */
  isInterrupted(place: number): boolean {
    const { isInterrupted = false, refusal } = this.#problems.get(place) ?? {};
    return isInterrupted && !refusal;
  }

  /** Returns whether the kernel was still at another list. */
  wasBusy(place: number): boolean {
    const { refusal } = this.#problems.get(place) ?? {};
    return refusal !== undefined && refusal.errno === EBUSY;
  }

  /** Throws the kernel's refusal, or what was thrown when the list was taken. */
  check(place: number): void {
    const { refusal, failure } = this.#problems.get(place) ?? {};
    if (refusal) throw refusal;
    if (failure) throw failure.error;
  }
}
