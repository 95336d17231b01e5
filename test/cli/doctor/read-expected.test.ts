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
    let messages = '';
    const expected = await readExpected(path, {
      write: (text) => {
        messages += text.toString();
      },
      flush() {},
    });
    const services = [...(expected?.state.table.values() ?? [])].map(({ servers }) => servers.size);
    return { services: expected && services, messages: messages.replaceAll(`${folder}/`, '') };
  }
  const refused = (messages: string) => ({ services: undefined, messages });

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

  it('contains rules or JSON', async () => {
    assert.deepEqual(await read(rules), { services: [1], messages: '' });
    for (const text of [JSON.stringify(json), `\ufeff\n  ${JSON.stringify(json, undefined, 2)}`])
      assert.deepEqual(await read(text), { services: [1], messages: '' });
    assert.deepEqual(await read('-C\n'), { services: [], messages: '' });
  });

  it('is refused if it cannot be read', async () => {
    assert.deepEqual(
      await read('', join(folder, 'none')),
      refused('cannot read none: No such file or directory\n'),
    );
    assert.deepEqual(await read('', folder), refused(`cannot read ${folder}: Is a directory\n`));
  });

  it('is refused if it contains no services', async () => {
    const empty = refused('web.rules has no services to compare the table with\n');
    for (const text of ['', '\n', '# nothing\n', '--set 1 2 3\n', '{"services": []}'])
      assert.deepEqual(await read(text), empty, text);
  });

  it('is refused if a line is invalid or contradicts another, with the line number', async () => {
    assert.deepEqual(await read(`${rules}-a -t 192.0.2.1:80 -r 10.0.0.300 -m\n`), {
      services: undefined,
      messages: 'web.rules: line 4: illegal real server address[:port] specified: 10.0.0.300\n',
    });
    assert.deepEqual(await read(`${rules}-A -t 192.0.2.1:80\n`), {
      services: undefined,
      messages: 'web.rules: line 4: Service already exists\n',
    });
    const { messages } = await read('root:x:0:0\n'.repeat(30));
    const lines = messages.trimEnd().split('\n');
    assert.equal(lines.length, 6);
    assert.equal(lines.at(-1), 'web.rules: 25 more faults');
  });

  it('is refused if its JSON is invalid, or does not describe a table', async () => {
    assert.match((await read('{"services": [')).messages, /^web\.rules: line 1: invalid JSON: /);
    assert.match(
      (await read('{"daemons": []}')).messages,
      /^web\.rules: .*the field "services" is missing\n$/,
    );
    assert.match((await read('[1, 2]')).messages, /^web\.rules: /);
  });
});
