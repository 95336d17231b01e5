import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_NOOP } from './constants.ts';
import type { MessageWriter } from './writer.ts';

/** Writes the empty message that has an acknowledgement sent when all requests before it are done. */
export function writeBarrier(writer: MessageWriter, sequence: number, port: number): MessageWriter {
  return writer.message({ type: NLMSG_NOOP, flags: NLM_F_REQUEST | NLM_F_ACK, sequence, port });
}
