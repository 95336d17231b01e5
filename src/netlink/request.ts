import { NLM_F_REQUEST } from './constants.ts';
import type { MessageWriter } from './writer.ts';

/** A request to the kernel: a message type, and the function that writes what follows the header. */
export interface Request {
  readonly type: number;
  /** Type of the messages that answer the request, if different. */
  readonly answerType?: number;
  body(writer: MessageWriter): void;
}

/** Writes the message of a request, sent from `port`. @throws {RangeError} when an attribute cannot hold its number. */
export function writeRequest(
  writer: MessageWriter,
  { type, body }: Request,
  sequence: number,
  port: number,
  flags = 0,
): MessageWriter {
  return writer.message({ type, flags: NLM_F_REQUEST | flags, sequence, port }, body);
}
