import assert from 'node:assert/strict';
import { isIP, SocketAddress } from 'node:net';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Address } from '../../src/ipvs/address.ts';
import { hex } from '../netlink/hex.ts';
import * as arbitrary from './arbitraries.ts';

describe('Address', () => {
  const cases: readonly [text: string, bytes: string, canonical?: string][] = [
    ['0.0.0.0', '00000000'],
    ['192.0.2.255', 'c00002ff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:DB8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['1:0:0:2:0:0:0:3', '00010000000000020000000000000003', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '00010000000200030004000500060007'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['::192.0.2.1', '000000000000000000000000c0000201'],
    ['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201', '64:ff9b::c000:201'],
  ];
  for (const [text, bytes, canonical = text] of cases) {
    it(`parses and formats ${text}`, () => {
      const address = Address.parse(text);
      assert.deepEqual(address?.bytes, hex(bytes));
      assert.equal(String(address), canonical);
    });
  }

  it('parses its own output', () => {
    fc.assert(
      fc.property(fc.oneof(arbitrary.address('inet'), arbitrary.address('inet6')), (address) => {
        assert.deepEqual(Address.parse(address.text), address);
      }),
    );
  });

  it('formats IPv6 like inet_ntop', () => {
    // Groups are often zero, except the seventh: with that, libraries print either ::0.0.0.5 or ::5.
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }), fc.constant(0xffff));
    const groups = fc.tuple(
      group,
      group,
      group,
      group,
      group,
      group,
      fc.integer({ min: 1, max: 0xffff }),
      group,
    );
    fc.assert(
      fc.property(groups, (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
        const full = groups.map((group) => group.toString(16)).join(':');
        const { address } = new SocketAddress({ address: full, family: 'ipv6' });
        assert.equal(Address.from(bytes).text, address);
      }),
    );
  });

  it('parses exactly the texts that inet_pton accepts', () => {
    const part = fc.constantFrom(
      ':',
      ':',
      '::',
      '.',
      '.',
      '0',
      '1',
      '25',
      '255',
      '256',
      '01',
      'f',
      'ffff',
      'g',
      ' ',
    );
    const text = fc.array(part, { maxLength: 16 }).map((parts) => parts.join(''));
    const almost = fc
      .tuple(arbitrary.address('inet6'), fc.nat({ max: 40 }), part)
      .map(([{ text }, at, part]) => text.slice(0, at) + part + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(text, almost), (text) => {
        assert.equal(Address.parse(text) !== undefined, isIP(text) !== 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts four or sixteen bytes, and copies them', () => {
    const bytes = Uint8Array.of(10, 0, 0, 1);
    const address = Address.from(bytes);
    bytes[0] = 11;
    assert.equal(address.text, '10.0.0.1');
    assert.throws(() => Address.from(new Uint8Array(8)), RangeError);
  });

  it('is made of text that is surely an address', () => {
    assert.equal(Address.of('2001:db8:0::1').text, '2001:db8::1');
    assert.throws(() => Address.of('10.0.0.256'), {
      name: 'RangeError',
      message: '"10.0.0.256" is not an IPv4 or IPv6 address',
    });
  });

  it('is shown as text, at any depth of an object', () => {
    const services = [{ id: { address: Address.of('192.0.2.1') } }];
    assert.equal(inspect(services), '[ { id: { address: 192.0.2.1 } } ]');
    assert.equal(`${Address.of('192.0.2.1')}`, '192.0.2.1');
  });

  it('is created correctly from a 32-bit number, even when the cache is full', () => {
    const words = Array.from({ length: 5000 }, (_, index) => (0x0a000000 + 1021 * index) >>> 0);
    for (const word of [...words, ...words.toReversed(), 0, 0xffffffff]) {
      const text = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.');
      assert.equal(Address.fromWord(word).text, text);
    }
  });

  it('equals the same address and no other', () => {
    const [one, same, other] = ['2001:db8::1', '2001:db8:0::1', '2001:db8::2'].map((text) =>
      Address.parse(text),
    );
    assert.ok(one && same && other);
    assert.equal(one.equals(same), true);
    assert.equal(one.equals(other), false);
  });

  it('has a wildcard address in each family', () => {
    assert.equal(Address.any('inet').text, '0.0.0.0');
    assert.equal(Address.any('inet6').text, '::');
  });
});
