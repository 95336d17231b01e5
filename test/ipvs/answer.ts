import assert from 'node:assert/strict';
import type { Address } from '../../src/ipvs/address.ts';
import { destinationTable } from '../../src/ipvs/codec/destination.ts';
import { nested } from '../../src/ipvs/codec/field-types.ts';
import { serviceTable } from '../../src/ipvs/codec/service.ts';
import { stats32Table, stats64Table } from '../../src/ipvs/codec/stats.ts';
import { type FieldType, type RecordOf, type Rows, Table } from '../../src/ipvs/codec/table.ts';
import * as attributes from '../../src/ipvs/constants.ts';
import { MessageReader } from '../../src/netlink/reader.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from '../netlink/hex.ts';

/** An IPv4 address as the kernel sends it: all of the `union nf_inet_addr`. */
const paddedAddress: FieldType<Address> = {
  write: (writer, attribute, { bytes }) => writer.binary(attribute, bytes, 16),
  read: ({ type }) => assert.fail(`attribute ${type} of an answer is read`),
};

/** What answers hold of services and servers: what requests do, and statistics. */
const answerTable = new Table({
  service: [
    attributes.IPVS_CMD_ATTR_SERVICE,
    nested(withStats(serviceTable, attributes.IPVS_SVC_ATTR_STATS, attributes.IPVS_SVC_ATTR_STATS64)),
  ],
  destination: [
    attributes.IPVS_CMD_ATTR_DEST,
    nested(withStats(destinationTable, attributes.IPVS_DEST_ATTR_STATS, attributes.IPVS_DEST_ATTR_STATS64)),
  ],
});

function withStats<R extends Rows>(table: Table<R>, stats32: number, stats64: number) {
  const rows = Object.fromEntries(
    table.fields.map(({ name, attribute, type }) => [
      name,
      [attribute, name === 'inetAddress' ? paddedAddress : type],
    ]),
  );
  const stats = {
    stats32: [stats32, nested(stats32Table)],
    stats64: [stats64, nested(stats64Table)],
  } as const;
  return new Table({ ...rows, ...stats }) as unknown as Table<R & typeof stats>;
}

type AnswerRecord = RecordOf<typeof answerTable>;

/** An answer that holds `record`, or those bytes inside an attribute, and stands on it. */
export function answer(
  record: AnswerRecord | { readonly attribute: number; readonly bytes: string },
): MessageReader {
  const writer = new MessageWriter().message({ type: 0x21, flags: 0, sequence: 1, port: 2 }, (body) => {
    body.append(Uint8Array.of(1, 1, 0, 0));
    if ('bytes' in record) body.nested(record.attribute, (inner) => inner.append(hex(record.bytes)));
    else answerTable.encode(body, record);
  });
  const message = new MessageReader(writer.bytes.slice());
  assert.equal(message.next(), true);
  return message;
}
