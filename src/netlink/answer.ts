import { NetlinkError, type Outcome } from './errors.ts';
import type { MessageReader } from './reader.ts';

/** Makes a value of a message that is valid during the call only: what shall outlive it has to be copied. */
export type Decode<T> = (message: MessageReader) => T;

/** Returns the error of a message that nobody asked for. */
export function unexpected(message: MessageReader): NetlinkError {
  const { type, port, sequence } = message;
  return new NetlinkError('UNEXPECTED', `message of type ${type} to port ${port}`, { sequence });
}

/** Returns the kernel's refusal that an `NLMSG_ERROR` or `NLMSG_DONE` holds, unless it tells success. */
export function refusal(message: MessageReader): Outcome {
  const errno = message.errno();
  return errno === 0 ? undefined : NetlinkError.refused(errno, message.sequence);
}
