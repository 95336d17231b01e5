import { EBUSY } from '../platform/errno.ts';
import { type Decode, refusal, unexpected } from './answer.ts';
import type { AnswerHandler, Connection } from './connection.ts';
import { NLM_F_DUMP, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR } from './constants.ts';
import { NetlinkError } from './errors.ts';
import type { MessageReader } from './reader.ts';
import { type Request, writeRequest } from './request.ts';
import { MessageWriter } from './writer.ts';

/** Number of attempts at a consistent dump before giving up. */
const attempts = 10;

/** Lists to dump one after the other, and the receiver of their messages. */
export interface DumpSet {
  readonly count: number;
  /** Returns the request for the list at `index`, valid until the next call. All requests and answers have the same types. */
  request(index: number): Request;
  /**
   * Returns the requests for some lists if the caller has them encoded, as {@link encodeDump} does, with sequence numbers from
   * `sequence`; also valid until the next call.
   */
  encoded?(indices: readonly number[], sequence: number): Messages | undefined;
  /** Called when a list begins. When a list begins again, its earlier entries are void. */
  begin(index: number): void;
  /** Receives a message of a list, valid during the call only. An error thrown here fails the list, once it has ended. */
  onMessage(message: MessageReader, index: number): void;
}

/** Encoded messages one after the other, and the end offset of each. */
export interface Messages {
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
}

/** Encodes the request for a list, with a placeholder as its sequence number. */
export function encodeDump(connection: Connection, request: Request): Uint8Array {
  return writeRequest(new MessageWriter(), request, 0, connection.port, NLM_F_DUMP).bytes;
}

// Call the functions below inside {@link Connection.withLock} only.

/**
 * Dumps a list, and returns its messages, decoded as they arrive. When the kernel reports that the list changed meanwhile, the
 * dump is repeated from the start, and finally rejects with `INTERRUPTED`.
 */
export async function dump<T>(connection: Connection, request: Request, decode: Decode<T>): Promise<T[]> {
  let values: T[] = [];
  await dumpLists(connection, {
    count: 1,
    request: () => request,
    begin: () => {
      values = [];
    },
    onMessage: (message) => {
      values.push(decode(message));
    },
  });
  return values;
}

/** Dumps several lists, one after the other, as {@link dump} does. Rejects with the error of the first list that failed. */
export async function dumpLists(connection: Connection, set: DumpSet): Promise<void> {
  if (set.count === 0) return;
  const all: number[] = [];
  for (let index = 0; index < set.count; index++) all.push(index);
  const dumps = await dumpOnce(connection, set, all);
  if (dumps.allComplete) return;
  for (const index of all) {
    if (set.count > 1 && dumps.wasBusy(index)) await repeat(connection, set, index, 0);
    else if (dumps.isInterrupted(index)) await repeat(connection, set, index, 1);
    else dumps.check(index);
  }
}

/** Dumps a list again, and repeats that while it changes meanwhile; `before` attempts were made already. */
async function repeat(connection: Connection, set: DumpSet, index: number, before: number): Promise<void> {
  for (let attempt = before; attempt < attempts; attempt++) {
    const dump = await dumpOnce(connection, set, [index]);
    if (!dump.isInterrupted(0)) return dump.check(0);
  }
  throw new NetlinkError('INTERRUPTED', `the list changed during each of ${attempts} dumps`);
}

/** Dumps lists, and waits until they have ended, successfully or not. */
async function dumpOnce(connection: Connection, set: DumpSet, indices: readonly number[]): Promise<Dumps> {
  const dumps = new Dumps(set, indices);
  for (const index of indices) set.begin(index);
  const { bytes, ends } =
    set.encoded?.(indices, connection.sequence) ?? encodeRequests(connection, set, indices);
  await connection.exchange(bytes, ends, ends.length, dumps);
  return dumps;
}

function encodeRequests(
  { port, sequence, writer }: Connection,
  set: DumpSet,
  indices: readonly number[],
): Messages {
  writer.truncate(0);
  const ends = indices.map((index, place) => {
    return writeRequest(writer, set.request(index), (sequence + place) >>> 0, port, NLM_F_DUMP).length;
  });
  return { bytes: writer.bytes, ends };
}

/** Problems of a list that did not arrive whole. */
interface DumpProblem {
  /** Error of the first message that could not be handled. */
  failure?: { readonly error: unknown };
  refusal?: NetlinkError;
  isInterrupted?: boolean;
}

/** The lists of one exchange: some or all of {@link DumpSet}. */
class Dumps implements AnswerHandler {
  readonly #set: DumpSet;
  /** Indices of these lists in {@link DumpSet}. */
  readonly #indices: readonly number[];
  readonly #answerType: number;
  /** Problems by position in the exchange; most lists have none. */
  readonly #problems = new Map<number, DumpProblem>();

  constructor(set: DumpSet, indices: readonly number[]) {
    this.#set = set;
    this.#indices = indices;
    const { type, answerType = type } = set.request(indices[0] ?? 0);
    this.#answerType = answerType;
  }

  /** Receives a message of the answer to the request at `place`; returns whether it ends that answer. */
  onMessage(message: MessageReader, place: number): boolean {
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
      this.#set.onMessage(message, this.#indices[place] ?? 0);
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

  /** True when all lists arrived whole. */
  get allComplete(): boolean {
    return this.#problems.size === 0;
  }

  /** Returns whether the kernel reported that a list changed during the dump. */
  isInterrupted(place: number): boolean {
    const { isInterrupted = false, refusal } = this.#problems.get(place) ?? {};
    return isInterrupted && !refusal;
  }

  /** Returns whether the kernel refused a list because it was still dumping another one. */
  wasBusy(place: number): boolean {
    const { refusal } = this.#problems.get(place) ?? {};
    return refusal !== undefined && refusal.errno === EBUSY;
  }

  /** Throws the kernel's refusal, or the error thrown when the list's messages were handled. */
  check(place: number): void {
    const { refusal, failure } = this.#problems.get(place) ?? {};
    if (refusal) throw refusal;
    if (failure) throw failure.error;
  }
}
