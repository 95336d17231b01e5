import { NLM_F_REQUEST } from './constants.ts';
import type { MessageWriter } from './writer.ts';

/** Something to ask of the kernel: a message type, and what to write after the message's header. */
export interface Request {
  readonly type: number;
  /** The type of the messages that answer it, where it is another one. */
  readonly answerType?: number;
  body(writer: MessageWriter): void;
}

/** Writes the message of a request, from the socket with that port. @throws {RangeError} where an attribute cannot hold its number. */
export function writeRequest(
  writer: MessageWriter,
  { type, body }: Request,
  sequence: number,
  port: number,
): MessageWriter {
  return writer.message({ type, flags: NLM_F_REQUEST, sequence, port }, body);
}
