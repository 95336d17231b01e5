import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineWriter } from '../../src/view/line-writer.ts';
import { ServerLines } from '../../src/view/server-lines.ts';

const masqueraded = '  -> C0A80A79:1F90      Masq    3      1          2         \n';
const routed = '  -> 0A000002:0050      Route   1      0          12345678901\n';
const tunnelled = '  -> 0A000003:0050      Tunnel  1      0          0         \n';
const inet6 =
  '  -> [2001:0db8:0000:0000:0000:0000:0000:0003]:0050      Route   1      0          0         \n';

const format = (text: string, { sorted = false, tunnels = false } = {}) => {
  const writer = new LineWriter();
  const lines = new ServerLines(writer, { sorted, tunnels });
  // What stands around it belongs to others.
  const block = Buffer.from(`${routed}${text}${routed}`);
  const isKnown = lines.add(block, routed.length, block.length - routed.length);
  const written = writer.take().toString();
  if (!isKnown) assert.equal(written, '');
  return isKnown ? written : undefined;
};

describe('ServerLines', () => {
  it('writes IPv4 servers as they are listed', () => {
    assert.equal(
      format(masqueraded + routed),
      '  -> 192.168.10.121:8080          Masq    3      1          2         \n' +
        '  -> 10.0.0.2:80                  Route   1      0          12345678901\n',
    );
    assert.equal(format(''), '');
  });

  it('turns servers that stand the other way round, unless they lie too far apart', () => {
    const addressesOf = (...addresses: string[]) => {
      const text = addresses.map(
        (address) => `  -> ${address}:0050      Masq    1      0          0         \n`,
      );
      return format(text.join(''), { sorted: true })?.match(/\d+\.\d+\.\d+\.\d+/g);
    };
    assert.deepEqual(addressesOf('0A000003', '0A000002', '0A000001'), ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    // The reference subtracts in 32 bits: 10.0.0.1 comes behind 192.168.0.1 so, and 112.0.0.1 before 144.0.0.1.
    assert.deepEqual(addressesOf('0A000001', 'C0A80001'), ['192.168.0.1', '10.0.0.1']);
    assert.deepEqual(addressesOf('70000001', '90000001'), ['112.0.0.1', '144.0.0.1']);
  });

  it('sorts them by address and port', () => {
    const others = ['0A000002:001F', '09000002:0051'].map(
      (endpoint) => `  -> ${endpoint}      Masq    3      1          2         \n`,
    );
    const text = format([routed, ...others].join(''), { sorted: true });
    assert.deepEqual(
      text?.split('\n').map((line) => line.split(/ +/)[2]),
      ['9.0.0.2:81', '10.0.0.2:31', '10.0.0.2:80', undefined],
    );
  });

  it('has a column for tunnels', () => {
    assert.equal(
      format(routed, { tunnels: true }),
      '  -> 10.0.0.2:80                  Route   n/a           1      0          12345678901\n',
    );
  });

  it('leaves to others what it does not know', () => {
    assert.equal(format(masqueraded + inet6), undefined);
    assert.equal(format(masqueraded + tunnelled, { tunnels: true }), undefined);
    assert.match(format(tunnelled) ?? '', /^ {2}-> 10\.0\.0\.3:80 +Tunnel /);
  });

  it('writes any number of them', () => {
    const text = format(routed.repeat(5000)) ?? '';
    assert.equal(text.split('\n').length, 5001);
  });
});
