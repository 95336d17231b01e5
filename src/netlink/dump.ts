import { constants } from 'node:os';
import { Answer, type Decode, unexpected } from './answer.ts';
import { NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR } from './constants.ts';
import { NetlinkError } from './errors.ts';
import type { MessageReader } from './reader.ts';
import type { Request } from './request.ts';

/** A list that the kernel is asked for, and what has come of it. */
export class Dump<T> {
  readonly request: Request;
  readonly #answer: Answer<T>;
  #interrupted = false;
  #refusal: NetlinkError | undefined;

  constructor(request: Request, decode: Decode<T>) {
    this.request = request;
    this.#answer = new Answer(request.answerType ?? request.type, decode);
  }

  /** Takes a message of the answer; gives whether that has ended it. */
  take(message: MessageReader): boolean {
    if (message.flags & NLM_F_DUMP_INTR) this.#interrupted = true;
    if (message.type !== NLMSG_DONE && message.type !== NLMSG_ERROR) return this.#answer.add(message);
    const errno = message.errno();
    if (errno !== 0) this.#refusal = NetlinkError.refused(errno, message.sequence);
    else if (message.type !== NLMSG_DONE) throw unexpected(message);
    return true;
  }

  /** Whether the kernel says that the list changed while it was read. */
  get isInterrupted(): boolean {
    return this.#interrupted && !this.#refusal;
  }

  /** Whether the kernel was still at another list. */
  get isPutOff(): boolean {
    return this.#refusal?.errno === constants.errno.EBUSY;
  }

  /** What was decoded, in order. Throws the kernel's refusal, or what decoding threw first. */
  values(): T[] {
    if (this.#refusal) throw this.#refusal;
    return this.#answer.values();
  }
}
