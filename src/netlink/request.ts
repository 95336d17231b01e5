import type { MessageWriter } from './writer.ts';

/** Something to ask of the kernel: a message type, and what to write after the message's header. */
export interface Request {
  readonly type: number;
  /** The type of the messages that answer it, where it is another one. */
  readonly answerType?: number;
  body(writer: MessageWriter): void;
}
