import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Address } from '../../src/ipvs/address.ts';
import { endpointFormatter } from '../../src/view/endpoint.ts';

const long = 'averyveryveryverylonghostnamethatisreallylong.example.com';
const endpoint = endpointFormatter({
  host: ({ text }) =>
    ({ '192.0.2.1': 'web', '192.0.2.2': long, '2001:db8::1': 'web6', '192.0.2.3': 'é'.repeat(40) })[text],
  port: (port, protocol) => (port === 80 && protocol === 'tcp' ? 'http' : undefined),
});
const at = (text: string) => Address.parse(text) ?? assert.fail(text);

describe('endpointFormatter', () => {
  it('writes the names of hosts and ports, if known', () => {
    assert.equal(endpoint(at('192.0.2.1'), 80, 'tcp'), 'web:http');
    assert.equal(endpoint(at('192.0.2.1'), 80, 'udp'), 'web:80');
    assert.equal(endpoint(at('192.0.2.9'), 80, undefined), '192.0.2.9:80');
    assert.equal(endpoint(at('2001:db8::1'), 0, 'tcp'), '[web6]:0');
  });

  it('truncates at 59 bytes, like ipvsadm 1.31', () => {
    assert.equal(endpoint(at('192.0.2.2'), 80, 'tcp'), `${long}:h`);
  });

  it('counts bytes of UTF-8, and truncates only between characters', () => {
    assert.equal(endpoint(at('192.0.2.3'), 80, 'tcp'), 'é'.repeat(29));
  });
});
