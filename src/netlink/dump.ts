import { errnos } from '../runtime/errno.ts';
import { unexpected } from './answer.ts';
import { NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR } from './constants.ts';
import { NetlinkError } from './errors.ts';
import type { MessageReader } from './reader.ts';
import type { Request } from './request.ts';

/** Lists that the kernel is asked for together, one after the other, and what takes them. */
export interface Lists {
  readonly count: number;
  /** What asks for the list of that number; lent until the next is asked for. All have the same types. */
  request(index: number): Request;
  /** That list begins; where it does so again, what was taken of it before does not count. */
  begin(index: number): void;
  /** Takes a message of that list, which is lent. What it throws fails the list, at its end. */
  take(message: MessageReader, index: number): void;
}

/** What became of lists that did not come out as they should. */
interface Trouble {
  /** What the first message that could not be taken threw. */
  failure?: { readonly error: unknown };
  refusal?: NetlinkError;
  isInterrupted?: boolean;
}

/** Some of {@link Lists}, as they are asked for at a time. */
export class Dumps {
  readonly #lists: Lists;
  /** Their numbers. */
  readonly #indices: readonly number[];
  readonly #answerType: number;
  /** By the place among these; most lists have none. */
  readonly #troubles = new Map<number, Trouble>();

  constructor(lists: Lists, indices: readonly number[]) {
    this.#lists = lists;
    this.#indices = indices;
    const { type, answerType = type } = lists.request(indices[0] ?? 0);
    this.#answerType = answerType;
  }

  /** Takes a message of the answer to the request at that place; gives whether that has ended it. */
  take(message: MessageReader, place: number): boolean {
    if (message.flags & NLM_F_DUMP_INTR) this.#trouble(place).isInterrupted = true;
    if (message.type !== NLMSG_DONE && message.type !== NLMSG_ERROR) {
      this.#hand(message, place);
      return false;
    }
    const errno = message.errno();
    if (errno !== 0) this.#trouble(place).refusal = NetlinkError.refused(errno, message.sequence);
    else if (message.type !== NLMSG_DONE) throw unexpected(message);
    return true;
  }

  #hand(message: MessageReader, place: number): void {
    if (this.#troubles.size > 0 && this.#troubles.get(place)?.failure) return;
    try {
      if (message.type !== this.#answerType) throw unexpected(message);
      this.#lists.take(message, this.#indices[place] ?? 0);
    } catch (error) {
      this.#trouble(place).failure = { error };
    }
  }

  #trouble(place: number): Trouble {
    const trouble = this.#troubles.get(place) ?? {};
    this.#troubles.set(place, trouble);
    return trouble;
  }

  /** Whether all lists came out as they should. */
  get areWhole(): boolean {
    return this.#troubles.size === 0;
  }

  /** Whether the kernel says that the list changed while it was read. */
  isInterrupted(place: number): boolean {
    const { isInterrupted = false, refusal } = this.#troubles.get(place) ?? {};
    return isInterrupted && !refusal;
  }

  /** Whether the kernel was still at another list. */
  isPutOff(place: number): boolean {
    const { refusal } = this.#troubles.get(place) ?? {};
    return refusal !== undefined && refusal.errno === errnos().EBUSY;
  }

  /** Throws the kernel's refusal, or what was thrown when the list was taken. */
  check(place: number): void {
    const { refusal, failure } = this.#troubles.get(place) ?? {};
    if (refusal) throw refusal;
    if (failure) throw failure.error;
  }
}
