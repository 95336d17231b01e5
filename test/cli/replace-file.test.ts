import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { replaceFile } from '../../src/cli/replace-file.ts';

describe('replaceFile', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-replace-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('makes a file that all can read, whatever the umask', () => {
    const path = join(folder, 'new');
    const mask = process.umask(0o077);
    replaceFile(path, ['one\n', 'two\n']);
    process.umask(mask);
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
    assert.equal(statSync(path).mode & 0o777, 0o644);
  });

  it('puts another file in the place of the old one', () => {
    const path = join(folder, 'old');
    writeFileSync(path, 'old');
    const { ino } = statSync(path);
    replaceFile(path, ['new']);
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.notEqual(statSync(path).ino, ino);
  });

  it('leaves the old one, and nothing else, when the text breaks off', () => {
    const path = join(folder, 'kept');
    writeFileSync(path, 'old');
    function* broken() {
      yield 'new';
      throw new Error('broken off');
    }
    assert.throws(() => replaceFile(path, broken()), /^Error: broken off$/);
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('goes where a link leads', () => {
    const path = join(folder, 'link');
    writeFileSync(join(folder, 'target'), 'old');
    symlinkSync('target', path);
    replaceFile(path, ['new']);
    assert.equal(readFileSync(join(folder, 'target'), 'utf8'), 'new');
    assert.ok(lstatSync(path).isSymbolicLink());
  });

  it('says why it cannot', () => {
    assert.throws(
      () => replaceFile('/dev/null', ['']),
      /^Error: cannot write \/dev\/null: not a regular file$/,
    );
    assert.throws(() => replaceFile(folder, ['']), /not a regular file$/);
    const missing = join(folder, 'missing', 'file');
    assert.throws(
      () => replaceFile(missing, ['']),
      new RegExp(`^Error: cannot write ${missing}: No such file or directory$`),
    );
  });
});
