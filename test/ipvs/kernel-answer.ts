import assert from 'node:assert/strict';
import type { Destination, Service, Stats } from '../../src/ipvs/model.ts';
import { destinationSchema } from '../../src/ipvs/schema/destination.ts';
import type { SchemaLine } from '../../src/ipvs/schema/schema.ts';
import { serviceSchema } from '../../src/ipvs/schema/service.ts';
import { stats32Schema, stats64Schema } from '../../src/ipvs/schema/stats.ts';
import type { WireType } from '../../src/ipvs/schema/wire-types.ts';
import { MessageReader } from '../../src/netlink/reader.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';

/** Contents of an answer, by the names of the schema's lines. Values that are `undefined` or missing are not sent. */
export type Sent = Readonly<Record<string, unknown>> & {
  /** The 64-bit counters, which kernels since 4.1 send, and the 32-bit ones, which all kernels send. */
  readonly stats64?: Stats | undefined;
  readonly stats32?: Stats | undefined;
};

/** The parts of a schema that are needed for writing answers. */
interface Answered {
  readonly attribute: number | undefined;
  readonly lines: readonly SchemaLine[];
}

/** Returns everything that a current kernel sends about a service. */
export function sentOfService({ id, stats, ...settings }: Service): Sent {
  const identity =
    id.kind === 'fwmark'
      ? { family: id.family, fwmark: id.fwmark }
      : { family: id.address.family, protocol: id.protocol, address: id.address, port: id.port };
  return { ...identity, ...settings, stats64: stats };
}

/** Returns everything that a current kernel sends about a real server. */
export function sentOfDestination({ id, tunnel, stats, ...rest }: Destination): Sent {
  const { address, port } = id;
  const { type, port: tunnelPort, flags } = tunnel;
  const tunnelLines = { 'tunnel.type': type, 'tunnel.port': tunnelPort, 'tunnel.flags': flags };
  return { family: address.family, address, port, ...rest, ...tunnelLines, stats64: stats };
}

/** Returns a kernel's answer that describes a service. */
export const serviceAnswer = (sent: Sent) => answer(serviceSchema, sent);

/** Returns a kernel's answer that describes a real server. */
export const destinationAnswer = (sent: Sent) => answer(destinationSchema, sent);

/** Encodes an answer with the contents `sent`, and returns a reader at its message. */
export function answer(schema: Answered, sent: Sent): MessageReader {
  return message((writer) => {
    if (schema.attribute === undefined) writeAnswer(writer, schema, sent);
    else writer.nested(schema.attribute, () => writeAnswer(writer, schema, sent));
  });
}

/** Encodes a generic netlink message with the attributes that `body` writes, and returns a reader at that message. */
export function message(body: (writer: MessageWriter) => void): MessageReader {
  const { bytes } = new MessageWriter().message({ type: 0x21, flags: 0, sequence: 1, port: 2 }, (writer) => {
    writer.generic(1, 1);
    body(writer);
  });
  const reader = new MessageReader(bytes.slice());
  assert.equal(reader.next(), true);
  return reader;
}

/**
 * Writes attributes in an order in which the family follows the address, as the kernel's about servers does. An IPv4 address
 * fills the 16 bytes of its union, as the kernel's does.
 */
function writeAnswer(writer: MessageWriter, { lines }: Answered, sent: Sent): void {
  const family = sent.family === 'inet6' ? 'inet6' : 'inet';
  const known = new Set(['stats64', 'stats32', ...lines.map(({ name }) => name)]);
  for (const name of Object.keys(sent)) assert.ok(known.has(name), name);
  for (const { name, attribute, type, or } of lines.toReversed()) {
    if (name === 'stats') {
      assert.ok(or);
      if (sent.stats32) writer.nested(or[0], () => writeAnswer(writer, stats32Schema, { ...sent.stats32 }));
      if (sent.stats64)
        writer.nested(attribute, () => writeAnswer(writer, stats64Schema, { ...sent.stats64 }));
      continue;
    }
    const value = sent[name];
    if (value === undefined) continue;
    const [takes, as]: readonly [number, WireType<unknown>] =
      or && type.fault(value) ? or : [attribute, type];
    if (name === 'address' && family === 'inet') writePadded(writer, takes, value);
    else as.write(writer, takes, value, family);
  }
}

function writePadded(writer: MessageWriter, attribute: number, address: unknown): void {
  assert.ok(address instanceof Object && 'bytes' in address && address.bytes instanceof Uint8Array);
  writer.binary(attribute, address.bytes, 16);
}
