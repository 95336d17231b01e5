import { NetlinkError, type Outcome } from './errors.ts';
import type { MessageReader } from './reader.ts';

/** Makes a value of a message that is only lent: what shall outlive the call has to be copied. */
export type Decode<T> = (message: MessageReader) => T;

/**
 * The values of an answer that comes as several messages. A message that cannot be decoded fails the answer
 * only at its end, so that the rest of it does not come in the way of the next request.
 */
export class Answer<T> {
  readonly #type: number;
  readonly #decode: Decode<T>;
  readonly #values: T[] = [];
  /** What the first message that could not be decoded threw. */
  #failure: { readonly error: unknown } | undefined;

  /** An answer whose messages have the type `type`. */
  constructor(type: number, decode: Decode<T>) {
    this.#type = type;
    this.#decode = decode;
  }

  /** Takes one message; `false` because no such message is the end of the answer. */
  add(message: MessageReader): false {
    try {
      if (message.type !== this.#type) throw unexpected(message);
      this.#values.push(this.#decode(message));
    } catch (error) {
      this.#failure ??= { error };
    }
    return false;
  }

  /** What was decoded, in order. Throws what decoding threw first. */
  values(): T[] {
    if (this.#failure) throw this.#failure.error;
    return this.#values;
  }
}

/** The error of a message that nobody asked for. */
export function unexpected(message: MessageReader): NetlinkError {
  const { type, port, sequence } = message;
  return new NetlinkError('UNEXPECTED', `message of type ${type} to port ${port}`, { sequence });
}

/** The kernel's refusal that an `NLMSG_ERROR` or `NLMSG_DONE` holds, unless it tells success. */
export function refusal(message: MessageReader): Outcome {
  const errno = message.errno();
  return errno === 0 ? undefined : NetlinkError.refused(errno, message.sequence);
}
