import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ServiceId } from '../../src/ipvs/model.ts';
import { numericOnly } from '../../src/rules/names.ts';
import {
  formatServicePattern,
  ownership,
  parseServicePattern,
  type ServicePattern,
} from '../../src/rules/ownership.ts';
import { parseCommand } from '../../src/rules/parse.ts';
import { address } from './arbitraries.ts';

function service(words: string): ServiceId {
  const command = parseCommand(['-Z', ...words.split(' ')], numericOnly);
  assert.ok(command.name === 'zero' && command.service);
  return command.service;
}

function pattern(text: string) {
  const found = parseServicePattern(text);
  assert.ok(found, `${text} is not a pattern`);
  return found;
}

/** Returns a pattern with its address as text, for comparison. */
function plain(pattern: ServicePattern | undefined): unknown {
  return JSON.parse(JSON.stringify(pattern, (key, value) => (key === 'address' ? value.text : value)));
}

describe('a service pattern', () => {
  /** By pattern: services that it matches, and services that it does not match. */
  const cases: Readonly<Record<string, readonly [matching: readonly string[], others: readonly string[]]>> = {
    '10.96.0.0/12': [
      ['-t 10.96.0.0:80', '-u 10.111.255.255:53', '--sctp-service 10.100.1.1:0'],
      ['-t 10.95.255.255:80', '-t 10.112.0.0:80', '-t [2001:db8::1]:80', '-f 10', '-t [::ffff:10.96.0.1]:80'],
    ],
    '192.0.2.1': [
      ['-t 192.0.2.1:80', '-u 192.0.2.1:0'],
      ['-t 192.0.2.2:80', '-t 192.0.2.0:80'],
    ],
    '0.0.0.0/0': [
      ['-t 0.0.0.0:80', '-t 255.255.255.255:1'],
      ['-t [::]:80', '-f 1'],
    ],
    '2001:db8::/32': [
      ['-t [2001:db8::1]:80', '-u [2001:db8:ffff:ffff::]:53'],
      ['-t [2001:db9::]:80', '-t 32.1.13.184:80', '-f 1 -6'],
    ],
    '2001:db8::/33': [['-t [2001:db8:7fff::]:80'], ['-t [2001:db8:8000::]:80']],
    '2001:db8::1': [['-t [2001:db8::1]:80'], ['-t [2001:db8::2]:80', '-t [2001:db8:0:1::1]:80']],
    '::/0': [
      ['-t [::1]:80', '-u [ffff::]:1'],
      ['-t 0.0.0.0:80', '-f 1 -6'],
    ],
    '192.0.2.1:80': [
      ['-t 192.0.2.1:80', '-u 192.0.2.1:80'],
      ['-t 192.0.2.1:81', '-t 192.0.2.1:0', '-t 192.0.2.2:80'],
    ],
    '192.0.2.0/24:8000-8999': [
      ['-t 192.0.2.7:8000', '-t 192.0.2.7:8999'],
      ['-t 192.0.2.7:7999', '-t 192.0.2.7:9000'],
    ],
    '[2001:db8::1]:443': [['-t [2001:db8::1]:443'], ['-t [2001:db8::1]:444']],
    '[2001:db8::/32]:443': [['-t [2001:db8:1::1]:443'], ['-t [2001:db8:1::1]:80', '-t [2001:db9::]:443']],
    tcp: [
      ['-t 192.0.2.1:80', '-t [2001:db8::1]:80'],
      ['-u 192.0.2.1:80', '--sctp-service 192.0.2.1:80', '-f 6'],
    ],
    'udp:53': [
      ['-u 192.0.2.1:53', '-u [2001:db8::1]:53'],
      ['-t 192.0.2.1:53', '-u 192.0.2.1:54', '-f 53'],
    ],
    'tcp:0': [['-t 192.0.2.1:0'], ['-t 192.0.2.1:80']],
    'sctp:192.0.2.0/24': [['--sctp-service 192.0.2.9:1'], ['-t 192.0.2.9:1', '--sctp-service 192.0.3.9:1']],
    'tcp:[2001:db8::/32]:80-443': [['-t [2001:db8::1]:80'], ['-u [2001:db8::1]:80', '-t [2001:db8::1]:79']],
    fwmark: [['-f 1', '-f 4294967295 -6'], ['-t 192.0.2.1:80']],
    'fwmark:100-199': [
      ['-f 100', '-f 199', '-f 150 -6'],
      ['-f 99', '-f 200', '-t 0.0.0.100:100'],
    ],
    'fwmark:4294967295': [['-f 4294967295'], ['-f 1']],
  };
  for (const [text, [matching, others]] of Object.entries(cases)) {
    it(`matches the expected services only: ${text}`, () => {
      const only = ownership({ only: [pattern(text)] });
      const except = ownership({ except: [pattern(text)] });
      for (const words of matching) {
        assert.equal(only?.(service(words)), true, words);
        assert.equal(except?.(service(words)), false, words);
      }
      for (const words of others) {
        assert.equal(only?.(service(words)), false, words);
        assert.equal(except?.(service(words)), true, words);
      }
      assert.equal(formatServicePattern(pattern(text)), text);
    });
  }

  for (const text of [
    ...[
      '',
      '80',
      'http',
      'TCP',
      'tcp:',
      'tcp:http',
      'tcp:65536',
      'tcp:-1',
      'tcp:2-1',
      'tcp:1-2-3',
      'tcp:udp:1',
    ],
    ...[
      '10.96.0.0/33',
      '10.96/12',
      '10.96.0.0/',
      '10.96.0.0/12/12',
      '10.96.0.0/+1',
      '2001:db8::/129',
      '010.0.0.1',
    ],
    ...[
      '192.0.2.1:',
      '192.0.2.1:80:',
      '[192.0.2.1]:80',
      '[2001:db8::1]',
      '2001:db8::1]:80',
      '[2001:db8::1]:',
      '*',
    ],
    ...[
      'fwmark:',
      'fwmark:0',
      'fwmark:0x64',
      'fwmark:4294967296',
      'fwmark:200-100',
      'fwmark:1 ',
      ' tcp',
      'ip_47',
    ],
  ]) {
    it(`cannot be ${JSON.stringify(text)}`, () => assert.equal(parseServicePattern(text), undefined));
  }

  it('is unchanged after formatting and parsing', () => {
    const range = (least: number, most: number) =>
      fc
        .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
        .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) }));
    const network = fc.constantFrom('inet' as const, 'inet6' as const).chain((family) =>
      fc.record({
        address: address(family),
        prefixLength: fc.integer({ min: 0, max: family === 'inet' ? 32 : 128 }),
      }),
    );
    const ports = range(0, 65535);
    const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const);
    const kind = fc.constant('address' as const);
    const any = fc.oneof(
      fc.record(
        { kind: fc.constant('fwmark' as const), marks: range(1, 0xffffffff) },
        { requiredKeys: ['kind'] },
      ),
      fc.record({ kind, network, ports, protocol }, { requiredKeys: ['kind', 'network'] }),
      fc.record({ kind, ports, protocol }, { requiredKeys: ['kind', 'protocol'] }),
    );
    fc.assert(
      fc.property(any, (wanted) => {
        const text = formatServicePattern(wanted);
        assert.deepEqual(plain(parseServicePattern(text)), plain(wanted), text);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('ownership', () => {
  const owned = (only: readonly string[], except: readonly string[], words: string) =>
    ownership({ only: only.map(pattern), except: except.map(pattern) })?.(service(words));

  it('covers all services without patterns', () => {
    assert.equal(ownership({}), undefined);
    assert.equal(ownership({ only: [], except: [] }), undefined);
  });

  it('covers services that --only includes and --except does not exclude', () => {
    assert.equal(owned(['tcp', 'udp:53'], [], '-u 192.0.2.1:53'), true);
    assert.equal(owned(['tcp', 'udp:53'], [], '-u 192.0.2.1:54'), false);
    assert.equal(owned([], ['tcp', 'udp:53'], '-u 192.0.2.1:53'), false);
    assert.equal(owned([], ['tcp', 'udp:53'], '-u 192.0.2.1:54'), true);
    assert.equal(owned(['192.0.2.0/24'], ['192.0.2.1'], '-t 192.0.2.2:80'), true);
    assert.equal(owned(['192.0.2.0/24'], ['192.0.2.1'], '-t 192.0.2.1:80'), false);
    assert.equal(owned(['192.0.2.0/24'], ['192.0.2.1'], '-f 1'), false);
  });
});
