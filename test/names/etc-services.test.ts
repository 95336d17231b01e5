import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { PortNames } from '../../src/names/etc-services.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-services-'));
after(() => rmSync(folder, { recursive: true }));

describe('PortNames', () => {
  const path = join(folder, 'services');
  writeFileSync(
    path,
    '# comment\nhttp\t80/tcp\twww # WorldWideWeb\ndomain 53/tcp\ndomain 53/udp\nother 80/tcp\nbroken\n',
  );
  const names = new PortNames(path);

  it('finds ports by name or alias, per protocol', () => {
    assert.deepEqual(
      [names.port('http', 'tcp'), names.port('www', 'tcp'), names.port('http', 'udp')],
      [80, 80, undefined],
    );
  });

  it('returns the first of several names of a port', () => {
    assert.deepEqual(
      [names.name(80, 'tcp'), names.name(53, 'udp'), names.name(80, 'udp')],
      ['http', 'domain', undefined],
    );
  });

  it('reads numbers as glibc does', () => {
    const odd = join(folder, 'odd');
    const numbers = {
      ...{ '70000': 4464, '0x50': 80, '010': 8, '+80': 80, '0': 0, '4294967295': 65535 },
      ...{
        '-1': undefined,
        '088': undefined,
        '4294967376': undefined,
        abc: undefined,
        '80x': undefined,
        '': undefined,
      },
    };
    for (const [text, port] of Object.entries(numbers)) {
      writeFileSync(odd, `odd ${text}/tcp\n`);
      assert.equal(new PortNames(odd).port('odd', 'tcp'), port, text);
    }
  });

  it('reads lines as glibc does', () => {
    const odd = join(folder, 'lines');
    const lines = [
      ...['slashes 101//tcp', 'longer 102/tcp/x', 'no\u00a0break 103/tcp', 'nul 104/tcp\0x', 'cut\0 105/tcp'],
      ...['alias 106/tcp \u2003wide', 'latin\xff 107/tcp plain', 'second 107/tcp'],
    ];
    writeFileSync(
      odd,
      Buffer.from(lines.join('\n').replace('latin\xff', 'latin\x01')).map((byte) =>
        byte === 1 ? 0xff : byte,
      ),
    );
    const names = new PortNames(odd);
    const ports = [
      'slashes',
      'longer',
      'no\u00a0break',
      'break',
      'nul',
      'cut',
      '\u2003wide',
      'wide',
      'latin\ufffd',
      'plain',
    ];
    assert.deepEqual(
      ports.map((name) => names.port(name, 'tcp')),
      [101, undefined, 103, undefined, 104, undefined, 106, undefined, undefined, 107],
    );
    assert.deepEqual(
      [101, 102, 103, 104, 105, 106, 107].map((port) => names.name(port, 'tcp')),
      ['slashes', undefined, 'no\u00a0break', 'nul', undefined, 'alias', undefined],
    );
  });

  it('finds no names without the file', () => {
    assert.equal(new PortNames(join(folder, 'none')).name(80, 'tcp'), undefined);
  });
});
