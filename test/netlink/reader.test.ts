import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NetlinkError } from '../../src/netlink/errors.ts';
import { AttributeReader, MessageReader } from '../../src/netlink/reader.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from './hex.ts';

const malformed = { name: 'NetlinkError', code: 'MALFORMED' };

/** Returns a reader of attributes in the middle of a larger buffer, as in a received message. */
function reader(bytes: Uint8Array): AttributeReader {
  const buffer = new Uint8Array(bytes.length + 8).fill(0xee);
  buffer.set(bytes, 4);
  return new AttributeReader(new DataView(buffer.buffer, 1), 3, 3 + bytes.length);
}

/** Returns a reader at the first of these attributes. */
function first(bytes: Uint8Array): AttributeReader {
  const attributes = reader(bytes);
  assert.equal(attributes.next(), true);
  return attributes;
}

/** Returns a reader at the first message of a datagram. */
function message(datagram: Uint8Array): MessageReader {
  const reader = new MessageReader(datagram);
  assert.equal(reader.next(), true);
  return reader;
}

describe('MessageReader', () => {
  it('steps through the messages of a datagram, which are aligned to four bytes', () => {
    const datagram = hex(`
      15000000 3412 0200 01000000 02000000 0401 0000 ff 000000
      10000000 0300 0000 feffffff ffffffff`);
    const reader = new MessageReader(datagram);
    const headers: object[] = [];
    while (reader.next()) {
      const { type, flags, sequence, port } = reader;
      headers.push({ type, flags, sequence, port });
    }
    assert.deepEqual(headers, [
      { type: 0x1234, flags: 2, sequence: 1, port: 2 },
      { type: 3, flags: 0, sequence: 0xfffffffe, port: 0xffffffff },
    ]);
  });

  it('reads a datagram that is part of a larger buffer', () => {
    const buffer = hex('eeeeeeee 14000000 0200 0000 01000000 02000000 efffffff eeee');
    assert.equal(message(buffer.subarray(4, 24)).errno(), 17);
  });

  it('moves to other datagrams, in the same buffer or another', () => {
    const buffer = hex(`eeee 10000000 0200 0000 01000000 02000000 10000000 0300 0000 02000000 02000000
      eeee 10000000 0400 0000 03000000 02000000 ee`);
    const reader = new MessageReader();
    assert.equal(reader.next(), false);
    const types = (...range: [Uint8Array, number, number]) => {
      const found: number[] = [];
      for (reader.moveTo(...range); reader.next(); ) found.push(reader.type);
      return found;
    };
    assert.deepEqual(types(buffer, 36, 52), [4]);
    assert.deepEqual(types(buffer, 2, 34), [2, 3]);
    assert.deepEqual(types(buffer.slice(36, 52), 0, 16), [4]);
    assert.deepEqual(types(buffer, 18, 34), [3]);
    assert.throws(() => types(buffer, 2, 30), malformed);
  });

  for (const [what, bytes] of [
    ['a truncated header', '10000000 0200 0000 01000000 020000'],
    ['a length beyond the datagram', '11000000 0200 0000 01000000 02000000'],
    ['a length shorter than the header', '0f000000 0200 0000 01000000 02000000'],
    ['a length of zero', '00000000 0200 0000 01000000 02000000'],
    ['trailing bytes after a message', '10000000 0200 0000 01000000 02000000 00000000'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const reader = new MessageReader(hex(bytes));
      assert.throws(() => {
        while (reader.next());
      }, malformed);
    });
  }

  it('refuses a message that is too short for its errno or family header', () => {
    const short = message(hex('13000000 0200 0000 01000000 02000000 ffffff 00'));
    assert.throws(() => short.errno(), malformed);
    assert.throws(() => short.header(4), malformed);
    assert.throws(() => short.attributes(4), malformed);
  });
});

describe('AttributeReader', () => {
  it('reads every type of value', () => {
    const attributes = reader(
      hex(`0500 0100 ab 000000
           0600 0200 3412 0000
           0600 0300 1234 0000
           0800 0400 98badcfe
           0c00 0500 0807060504030201
           0900 0640 0102030405 000000
           0800 0700 776c6300
           0700 0800 776c63 00
           1000 0980
             0500 0100 01 000000
             0400 0200`),
    );
    const values: unknown[] = [];
    const read = (type: number, value: (on: AttributeReader) => unknown) => {
      assert.equal(attributes.next(), true);
      assert.equal(attributes.type, type);
      values.push(value(attributes));
    };
    read(1, (on) => on.u8());
    read(2, (on) => on.u16());
    read(3, (on) => on.u16be());
    read(4, (on) => on.u32());
    read(5, (on) => on.u64());
    read(6, (on) => on.binary(5));
    read(7, (on) => on.string());
    read(8, (on) => on.string());
    read(9, (on) => {
      const inner = on.nested();
      return [inner.next(), inner.type, inner.u8(), inner.next(), inner.type, inner.next()];
    });
    assert.equal(attributes.next(), false);
    assert.deepEqual(values, [
      0xab,
      0x1234,
      0x1234,
      0xfedcba98,
      0x0102030405060708n,
      Uint8Array.of(1, 2, 3, 4, 5),
      'wlc',
      'wlc',
      [true, 1, 1, true, 2, false],
    ]);
  });

  it('returns bytes without copying them', () => {
    const bytes = hex('0800 0100 01020304');
    const attributes = new AttributeReader(new DataView(bytes.buffer), 0, 8);
    attributes.next();
    const value = attributes.binary(4);
    bytes[4] = 9;
    assert.equal(value[0], 9);
  });

  it('refuses a value shorter than its type', () => {
    const short = (bytes: string) => first(hex(bytes));
    assert.throws(() => short('0400 0100').u8(), malformed);
    assert.throws(() => short('0500 0100 01 000000').u16(), malformed);
    assert.throws(() => short('0500 0100 01 000000').u16be(), malformed);
    assert.throws(() => short('0700 0100 010203 00').u32(), malformed);
    assert.throws(() => short('0800 0100 01020304').u64(), malformed);
    assert.throws(() => short('0800 0100 01020304').binary(16), malformed);
  });

  it('refuses a length beyond the end of the data, or shorter than the header', () => {
    assert.throws(() => reader(hex('0900 0100 01020304')).next(), malformed);
    assert.throws(() => reader(hex('0300 0100')).next(), malformed);
    assert.throws(() => reader(hex('0000 0000')).next(), malformed);
    assert.throws(() => reader(hex('0400')).next(), malformed);
    const inner = first(hex('0c00 0180 0900 0200 01020304')).nested();
    assert.throws(() => inner.next(), malformed);
  });

  it('terminates on arbitrary bytes, and throws nothing but MALFORMED', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const attributes = reader(bytes);
        try {
          for (let steps = 0; attributes.next(); steps++) assert.ok(steps < 16);
        } catch (error) {
          assert.ok(error instanceof NetlinkError && error.code === 'MALFORMED');
        }
      }),
    );
  });

  it('reads back what a MessageWriter has written', () => {
    const type = fc.integer({ min: 1, max: 0x3fff });
    const scalars = fc.tuple(
      type,
      fc.integer({ min: 0, max: 0xff }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(scalars, ([type, a, b, c, d, text, bytes]) => {
        const writer = new MessageWriter().nested(type, (inner) => {
          inner.u8(type, a).u16(type, b).u16be(type, b).u32(type, c).u64(type, d).string(type, text);
          inner.binary(type, bytes);
        });
        const inner = first(writer.bytes).nested();
        const values = [
          () => inner.u8(),
          () => inner.u16(),
          () => inner.u16be(),
          () => inner.u32(),
          () => inner.u64(),
          () => inner.string(),
          () => inner.binary(bytes.length),
        ].map((read) => inner.next() && inner.type === type && read());
        assert.deepEqual(values, [a, b, b, c, d, text, bytes]);
        assert.equal(inner.next(), false);
      }),
    );
  });
});
