import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readHostsFile } from '../../src/names/etc-hosts.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-hosts-'));
after(() => rmSync(folder, { recursive: true }));

describe('readHostsFile', () => {
  const path = join(folder, 'hosts');
  const lines = [
    '# comment',
    '192.0.2.1\tbücher -dash # -comment',
    '2001:db8::1 with:colon',
    '  192.0.2.2 with:colon bücher',
    'nonsense other',
  ];
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from('\n192.0.2.3 b\xfccher', 'latin1')]),
  );
  const hosts = readHostsFile(path);
  const addressOf = (name: string) => hosts(name)?.text;

  it('finds the first IPv4 address of a name or alias', () => {
    assert.deepEqual(['bücher', '-dash', 'with:colon'].map(addressOf), [
      '192.0.2.1',
      '192.0.2.1',
      '192.0.2.2',
    ]);
  });

  it('ignores the case of ASCII letters only', () => {
    assert.deepEqual(['BüCHER', 'bÜcher'].map(addressOf), ['192.0.2.1', undefined]);
  });

  it('finds no names in invalid UTF-8, invalid lines or comments', () => {
    for (const name of ['b\ufffdcher', 'other', '', '-comment', '192.0.2.1'])
      assert.equal(addressOf(name), undefined, name);
  });

  it('finds no names without the file', () => {
    assert.equal(readHostsFile(join(folder, 'missing'))('bücher'), undefined);
  });
});
