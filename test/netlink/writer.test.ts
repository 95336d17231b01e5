import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from './hex.ts';

// The expected bytes are in the order of a little-endian host.

describe('MessageWriter', () => {
  it('writes the header, with the total length, and the body', () => {
    const writer = new MessageWriter();
    writer.message({ type: 0x1234, flags: 0x0305, sequence: 0x01020304, port: 0x0a0b0c0d }, (body) =>
      body.append(Uint8Array.of(4, 1, 0, 0)),
    );
    assert.deepEqual(
      writer.bytes,
      hex(`14000000 3412 0503 04030201 0d0c0b0a
           04 01 0000`),
    );
  });

  it('writes every type of attribute in its byte order, padded with zeros', () => {
    const writer = new MessageWriter()
      .u8(1, 0xab)
      .u16(2, 0x1234)
      .u16be(3, 0x1234)
      .u32(4, 0xfedcba98)
      .u64(5, 0x0102030405060708n)
      .binary(6, Uint8Array.of(1, 2, 3, 4, 5))
      .string(7, 'wlc')
      .string(8, '')
      .u32be(9, 0xfffefdfc);
    assert.deepEqual(
      writer.bytes,
      hex(`0500 0100 ab 000000
           0600 0200 3412 0000
           0600 0300 1234 0000
           0800 0400 98badcfe
           0c00 0500 0807060504030201
           0900 0600 0102030405 000000
           0800 0700 776c6300
           0500 0800 00 000000
           0800 0900 fffefdfc`),
    );
  });

  it('writes nested attributes with the nested flag and the total length', () => {
    const writer = new MessageWriter().nested(1, (outer) => {
      outer.u8(2, 3).nested(4, (inner) => inner.u8(5, 6));
    });
    assert.deepEqual(
      writer.bytes,
      hex(`1800 0180
             0500 0200 03 000000
             0c00 0480
               0500 0500 06 000000`),
    );
  });

  it('zeroes padding bytes that earlier messages have used', () => {
    const writer = new MessageWriter().u32(1, 0xffffffff).truncate(0).u8(1, 1);
    assert.deepEqual(writer.bytes, hex('0500 0100 01 000000'));
  });

  it('keeps its contents when the buffer grows, even inside nested attributes', () => {
    const writer = new MessageWriter();
    const count = 3000;
    for (let n = 0; n < count; n++) writer.nested(1, (inner) => inner.u16(2, n).u32(3, n));
    const view = new DataView(writer.bytes.buffer);
    assert.equal(writer.length, 20 * count);
    for (let n = 0; n < count; n++) {
      assert.equal(view.getUint16(20 * n, true), 20);
      assert.equal(view.getUint16(20 * n + 8, true), n);
      assert.equal(view.getUint32(20 * n + 16, true), n);
    }
  });

  it('refuses values that an attribute cannot hold', () => {
    const writer = new MessageWriter();
    assert.throws(() => writer.u8(1, 256), RangeError);
    assert.throws(() => writer.u16(1, 65536), RangeError);
    assert.throws(() => writer.u16be(1, -1), RangeError);
    assert.throws(() => writer.u32(1, 1.5), RangeError);
    assert.throws(() => writer.u32(1, 2 ** 32), RangeError);
    assert.throws(() => writer.u64(1, -1n), RangeError);
    assert.throws(() => writer.u64(1, 1n << 64n), RangeError);
    assert.throws(() => writer.string(1, 'a\0b'), RangeError);
    assert.throws(() => writer.binary(1, new Uint8Array(65532)), RangeError);
    assert.throws(() => writer.nested(1, () => writer.binary(2, new Uint8Array(65531))), RangeError);
  });
});
