import { errnoName } from '../../platform/errno.ts';
import { littleEndian } from '../byte-order.ts';
import { NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN, NLMSG_NOOP, NLMSG_OVERRUN } from '../constants.ts';
import { NetlinkError } from '../errors.ts';
import { type AttributeReader, MessageReader } from '../reader.ts';
import type { AttributeSet, Describe } from './names.ts';
import { hex } from './values.ts';

const controlNames: ReadonlyMap<number, string> = new Map([
  [NLMSG_NOOP, 'NLMSG_NOOP'],
  [NLMSG_ERROR, 'NLMSG_ERROR'],
  [NLMSG_DONE, 'NLMSG_DONE'],
  [NLMSG_OVERRUN, 'NLMSG_OVERRUN'],
]);

/** The bits of `nlmsg_flags` in a request, and in an answer. */
const flagNames = {
  '>': { NLM_F_REQUEST: 0x1, NLM_F_MULTI: 0x2, NLM_F_ACK: 0x4, NLM_F_ECHO: 0x8, NLM_F_DUMP: 0x300 },
  '<': { NLM_F_REQUEST: 0x1, NLM_F_MULTI: 0x2, NLM_F_ACK: 0x4, NLM_F_DUMP_INTR: 0x10, NLM_F_CAPPED: 0x100 },
} as const;

/** Direction of a datagram: sent to the kernel, or received. */
export type Direction = keyof typeof flagNames;

/** Formats the messages of the datagram in `bytes` from `start` to `end`: one line for each message and each attribute. */
export function datagramText(
  direction: Direction,
  bytes: Uint8Array,
  start: number,
  end: number,
  describe: Describe,
): string {
  const message = new MessageReader().moveTo(bytes, start, end);
  let text = '';
  try {
    while (message.next()) text += messageText(direction, message, describe);
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    text += `${direction} cannot be decoded: ${error.message}: ${hex(bytes.subarray(start, end))}\n`;
  }
  return text;
}

function messageText(direction: Direction, message: MessageReader, describe: Describe): string {
  const { type, sequence, flags } = message;
  const control = controlNames.get(type);
  const description = control === undefined ? describe(message) : undefined;
  const name = control ?? description?.name ?? `message type ${type}`;
  const result = type === NLMSG_ERROR || type === NLMSG_DONE ? resultText(message, describe) : '';
  const heading = `${direction} seq ${sequence} ${name}${result}${flagsText(direction, flags)}\n`;
  if (!description) {
    const rest = message.view.buffer.slice(
      message.view.byteOffset + message.start,
      message.view.byteOffset + message.end,
    );
    return control === undefined ? `${heading}    ${hex(new Uint8Array(rest))}\n` : heading;
  }
  const { headerLength, attributes } = description;
  return heading + attributesText(() => message.attributes(headerLength), attributes, '    ');
}

/** Formats the errno of an `NLMSG_ERROR` or `NLMSG_DONE`, and the name of the refused request that follows it. */
function resultText(message: MessageReader, describe: Describe): string {
  const errno = message.end === message.start ? 0 : message.errno();
  if (errno === 0) return message.type === NLMSG_ERROR ? ' 0 (acknowledged)' : '';
  const { view, start, end } = message;
  const requestStart = start + 4;
  if (end - requestStart < NLMSG_HDRLEN) return ` ${errnoName(errno)}`;
  // The kernel may truncate the request, so that its length field exceeds the bytes present.
  const request = Object.assign(new MessageReader(), {
    type: view.getUint16(requestStart + 4, littleEndian),
    view,
    start: requestStart + NLMSG_HDRLEN,
    end,
  });
  return ` ${errnoName(errno)} for ${describe(request)?.name ?? `message type ${request.type}`}`;
}

function flagsText(direction: Direction, flags: number): string {
  let rest = flags;
  const names: string[] = [];
  for (const [name, bits] of Object.entries(flagNames[direction])) {
    if ((rest & bits) !== bits) continue;
    names.push(name);
    rest &= ~bits;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.length === 0 ? '' : ` ${names.join('|')}`;
}

function attributesText(all: () => AttributeReader, set: AttributeSet, indent: string): string {
  let text = '';
  for (const reader = all(); reader.next(); ) {
    const name = set.names.get(reader.type) ?? `attribute ${reader.type}`;
    const nested = set.nested?.get(reader.type);
    text += nested
      ? `${indent}${name}\n${attributesText(() => reader.nested(), nested, `${indent}    `)}`
      : `${indent}${name} ${valueText(reader, all, set)}\n`;
  }
  return text;
}

function valueText(reader: AttributeReader, all: () => AttributeReader, set: AttributeSet): string {
  try {
    const value = set.value?.(reader, all);
    if (value !== undefined) return value;
  } catch (error) {
    // A value that this version cannot decode is shown in hexadecimal.
    if (!(error instanceof NetlinkError)) throw error;
  }
  return hex(reader.bytes());
}
