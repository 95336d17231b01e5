import assert from 'node:assert/strict';
import { commandTable } from '../../src/ipvs/codec/command.ts';
import type { RecordOf } from '../../src/ipvs/codec/table.ts';
import { MessageReader } from '../../src/netlink/reader.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from '../netlink/hex.ts';

type CommandRecord = RecordOf<typeof commandTable>;

/** An answer that holds `record`, or those bytes inside an attribute, and stands on it. */
export function answer(
  record: CommandRecord | { readonly attribute: number; readonly bytes: string },
): MessageReader {
  const writer = new MessageWriter().message({ type: 0x21, flags: 0, sequence: 1, port: 2 }, (body) => {
    body.append(Uint8Array.of(1, 1, 0, 0));
    if ('bytes' in record) body.nested(record.attribute, (inner) => inner.append(hex(record.bytes)));
    else commandTable.encode(body, record);
  });
  const message = new MessageReader(writer.bytes.slice());
  assert.equal(message.next(), true);
  return message;
}
