import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NetlinkError } from '../../src/netlink/errors.ts';
import { NumberPlan, readNumbers } from '../../src/netlink/numbers.ts';
import { readText } from '../../src/netlink/text.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from './hex.ts';

const malformed = { name: 'NetlinkError', code: 'MALFORMED' };

/** Every kind of number, some of them inside attribute 9; place and bit are those of its attribute. */
const plan = new NumberPlan()
  .add(1, 'u8', 1, 1 << 1)
  .add(2, 'u16', 2, 1 << 2)
  .add(3, 'u16be', 3, 1 << 3)
  .add(4, 'u32', 4, 1 << 4)
  .add(5, '4×u32be', 5, 1 << 5)
  .add(7, 'text', 12, 1 << 7)
  .addNested(9, new NumberPlan().add(1, 'u64', 9, 1 << 9).add(2, 'u32 as u64', 10, 1 << 10));

/** Reads attributes that lie in the middle of a buffer, as those of a received message do. */
function read(bytes: Uint8Array, row = new Uint32Array(16), base = 0) {
  const buffer = new Uint8Array(bytes.length + 8).fill(0xee);
  buffer.set(bytes, 4);
  const view = new DataView(buffer.buffer, 1);
  const found = readNumbers(view, 3, 3 + bytes.length, plan, row, base);
  return { found, row, view };
}

describe('readNumbers', () => {
  it('puts every kind of number in its place, and tells which there were', () => {
    const { found, row } = read(
      hex(`0500 0100 ab 000000
           0600 0200 3412 0000
           0600 0300 1234 0000
           0800 0400 98badcfe
           1400 0500 00000001 00000002 00000003 fffffffe
           0800 ff00 01020304
           1000 0980
             0c00 0100 0807060504030201`),
    );
    assert.equal(found, 0b10_0011_1110);
    assert.deepEqual([...row.subarray(1, 9)], [0xab, 0x1234, 0x1234, 0xfedcba98, 1, 2, 3, 0xfffffffe]);
    assert.equal(new BigUint64Array(row.slice(9, 11).buffer)[0], 0x0102030405060708n);
  });

  it('leaves what was not sent as it is, and writes from its base on', () => {
    const row = new Uint32Array(32).fill(7);
    const { found } = read(hex('0500 0100 2a 000000'), row, 16);
    assert.equal(found, 1 << 1);
    assert.equal(row[17], 42);
    assert.deepEqual(
      row.filter((_, index) => index !== 17),
      new Uint32Array(31).fill(7),
    );
  });

  it('widens numbers of 32 bits', () => {
    const { row } = read(hex('0c00 0980 0800 0200 ffffffff'), new Uint32Array(16).fill(7));
    assert.equal(new BigUint64Array(row.slice(10, 12).buffer)[0], 0xffffffffn);
  });

  it('tells where a text is', () => {
    const { row, view } = read(hex('0800 0700 776c6300'));
    assert.equal(readText(view, row[12] ?? 0, row[13] ?? 0), 'wlc');
  });

  it('refuses what is too short, runs over, or is below its header', () => {
    for (const bytes of [
      '0400 0100',
      '0500 0200 01 000000',
      '0700 0400 010203 00',
      '1300 0500 00000001 00000002 00000003 000000 00',
      '1000 0980 0b00 0100 08070605040302 00',
      '0900 0400 01020304',
      '0300 0100',
      '0000 0000',
      '0400',
    ]) {
      assert.throws(() => read(hex(bytes)), malformed, bytes);
    }
  });

  it('comes to an end of any bytes, or calls them malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof NetlinkError && error.code === 'MALFORMED');
        }
      }),
    );
  });

  it('reads back what a MessageWriter has written', () => {
    const numbers = fc.tuple(
      fc.integer({ min: 0, max: 0xff }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    );
    fc.assert(
      fc.property(numbers, ([a, b, c, d, e]) => {
        const writer = new MessageWriter().u8(1, a).u16(2, b).u16be(3, c).u32(4, d);
        writer.nested(9, (inner) => inner.u64(1, e));
        const { row } = read(writer.bytes);
        assert.deepEqual([...row.subarray(1, 5)], [a, b, c, d]);
        assert.equal(new BigUint64Array(row.slice(9, 11).buffer)[0], e);
      }),
    );
  });
});
