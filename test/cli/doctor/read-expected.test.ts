import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readExpected } from '../../../src/cli/doctor/read-expected.ts';

describe('the file of --expect', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-expect-'));
  const file = join(folder, 'web.rules');
  after(() => rmSync(folder, { recursive: true }));

  /** Reads a file with this content; returns the result, and the messages with the folder removed from paths. */
  async function read(content: string, path = file) {
    writeFileSync(file, content);
    let said = '';
    const expected = await readExpected(path, {
      write: (text) => {
        said += text.toString();
      },
      flush() {},
    });
    const services = [...(expected?.state.table.values() ?? [])].map(({ servers }) => servers.size);
    return { services: expected && services, said: said.replaceAll(`${folder}/`, '') };
  }
  const wrong = (said: string) => ({ services: undefined, said });

  const rules = '# web\n-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1 -m\n';
  const json = {
    services: [
      {
        protocol: 'tcp',
        address: '192.0.2.1',
        port: 80,
        scheduler: 'rr',
        servers: [{ address: '10.0.0.1', port: 80, forwarding: 'masquerade' }],
      },
    ],
  };

  it('is rules, or JSON', async () => {
    assert.deepEqual(await read(rules), { services: [1], said: '' });
    for (const text of [JSON.stringify(json), `\ufeff\n  ${JSON.stringify(json, undefined, 2)}`])
      assert.deepEqual(await read(text), { services: [1], said: '' });
    assert.deepEqual(await read('-C\n'), { services: [], said: '' });
  });

  it('is refused where it cannot be read', async () => {
    assert.deepEqual(
      await read('', join(folder, 'none')),
      wrong('cannot read none: No such file or directory\n'),
    );
    assert.deepEqual(await read('', folder), wrong(`cannot read ${folder}: Is a directory\n`));
  });

  it('is refused without a rule for a service', async () => {
    const empty = wrong('web.rules has no services to compare the table with\n');
    for (const text of ['', '\n', '# nothing\n', '--set 1 2 3\n', '{"services": []}'])
      assert.deepEqual(await read(text), empty, text);
  });

  it('is refused with a line that is no rule, or that contradicts another, and says which', async () => {
    assert.deepEqual(await read(`${rules}-a -t 192.0.2.1:80 -r 10.0.0.300 -m\n`), {
      services: undefined,
      said: 'web.rules: line 4: illegal real server address[:port] specified: 10.0.0.300\n',
    });
    assert.deepEqual(await read(`${rules}-A -t 192.0.2.1:80\n`), {
      services: undefined,
      said: 'web.rules: line 4: Service already exists\n',
    });
    const { said } = await read('root:x:0:0\n'.repeat(30));
    const lines = said.trimEnd().split('\n');
    assert.equal(lines.length, 6);
    assert.equal(lines.at(-1), 'web.rules: 25 more faults');
  });

  it('is refused where its JSON is broken, or something else', async () => {
    assert.match((await read('{"services": [')).said, /^web\.rules: line 1: invalid JSON: /);
    assert.match((await read('{"daemons": []}')).said, /^web\.rules: .*the field "services" is missing\n$/);
    assert.match((await read('[1, 2]')).said, /^web\.rules: /);
  });
});
