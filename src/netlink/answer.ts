import { NetlinkError, type Outcome } from './errors.ts';
import type { MessageReader } from './reader.ts';

/** Decodes a message, which is valid during the call only: copy whatever must outlive it. */
export type Decode<T> = (message: MessageReader) => T;

/** Returns the error for a message that answers no request. */
export function unexpected(message: MessageReader): NetlinkError {
  const { type, port, sequence } = message;
  return new NetlinkError('UNEXPECTED', `message of type ${type} for port ${port}`, { sequence });
}

/** Returns the refusal in an `NLMSG_ERROR` or `NLMSG_DONE`; `undefined` if it reports success. */
export function refusal(message: MessageReader): Outcome {
  const errno = message.errno();
  return errno === 0 ? undefined : NetlinkError.refused(errno, message.sequence);
}
