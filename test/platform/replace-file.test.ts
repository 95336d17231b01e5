import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
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
import { replaceFile } from '../../src/platform/replace-file.ts';

describe('replaceFile', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-replace-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('creates a file with the requested mode, regardless of the umask', () => {
    const path = join(folder, 'new');
    const mask = process.umask(0o077);
    replaceFile(path, ['one\n', 'two\n'], { mode: 0o644 });
    process.umask(mask);
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
    assert.equal(statSync(path).mode & 0o777, 0o644);
  });

  it('applies the umask to a new file if no mode is requested', () => {
    const path = join(folder, 'masked');
    const mask = process.umask(0o027);
    replaceFile(path, [Buffer.from('one\n'), 'two\n']);
    process.umask(mask);
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
    assert.equal(statSync(path).mode & 0o777, 0o640);
  });

  it('changes the mode of an existing file to the requested one', () => {
    const path = join(folder, 'wanted');
    writeFileSync(path, 'old', { mode: 0o600 });
    replaceFile(path, ['new'], { mode: 0o644 });
    assert.equal(statSync(path).mode & 0o7777, 0o644);
  });

  it('creates the file that a chain of symbolic links leads to', () => {
    mkdirSync(join(folder, 'real/inner'), { recursive: true });
    symlinkSync('real/inner', join(folder, 'aside'));
    symlinkSync('aside/../second', join(folder, 'first'));
    symlinkSync(join(folder, 'real/target'), join(folder, 'real/second'));
    replaceFile(join(folder, 'first'), ['new']);
    assert.equal(readFileSync(join(folder, 'real/target'), 'utf8'), 'new');
    for (const link of ['first', 'real/second']) assert.ok(lstatSync(join(folder, link)).isSymbolicLink());
    assert.deepEqual(readdirSync(join(folder, 'real')).sort(), ['inner', 'second', 'target']);
  });

  it('reports dangling and circular symbolic links', () => {
    symlinkSync('missing/file', join(folder, 'nowhere'));
    symlinkSync('circle', join(folder, 'circle'));
    const writing = (name: string) => () => replaceFile(join(folder, name), ['new']);
    assert.throws(writing('nowhere'), {
      message: `cannot write ${folder}/nowhere: No such file or directory`,
    });
    assert.throws(writing('circle'), {
      message: `cannot write ${folder}/circle: Too many levels of symbolic links`,
    });
  });

  it('keeps the mode of an existing file if none is requested', () => {
    const path = join(folder, 'mode');
    for (const mode of [0o600, 0o664, 0o4711]) {
      writeFileSync(path, 'old');
      chmodSync(path, mode);
      replaceFile(path, ['new']);
      assert.equal(statSync(path).mode & 0o7777, mode);
      rmSync(path);
    }
  });

  const skip = process.geteuid?.() === 0 ? false : 'only root can give files away';
  it('keeps the owner of a file', { skip }, () => {
    const path = join(folder, 'owner');
    writeFileSync(path, 'old');
    chownSync(path, 12, 34);
    chmodSync(path, 0o4750);
    replaceFile(path, ['new']);
    const { uid, gid, mode } = statSync(path);
    assert.deepEqual([uid, gid, mode & 0o7777], [12, 34, 0o4750]);
  });

  it('follows no symbolic link of another user, also behind one of its own', { skip }, () => {
    writeFileSync(join(folder, 'precious'), 'old');
    for (const [name, target] of [
      ['planted', 'precious'],
      ['planted-new', 'unborn'],
    ] as const) {
      const path = join(folder, name);
      symlinkSync(target, path);
      lchownSync(path, 12, 34);
      symlinkSync(name, join(folder, `own-${name}`));
      const message = `cannot write ${path}: a symbolic link of another user`;
      assert.throws(() => replaceFile(path, ['new']), { message });
      assert.throws(
        () => replaceFile(join(folder, `own-${name}`), ['new'], { mode: 0o644 }),
        /of another user$/,
      );
      assert.ok(lstatSync(path).isSymbolicLink());
    }
    assert.equal(readFileSync(join(folder, 'precious'), 'utf8'), 'old');
    assert.ok(!existsSync(join(folder, 'unborn')));
  });

  it('replaces an existing file instead of overwriting it', () => {
    const path = join(folder, 'old');
    writeFileSync(path, 'old');
    const { ino } = statSync(path);
    replaceFile(path, ['new']);
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.notEqual(statSync(path).ino, ino);
  });

  it('keeps the old file, and leaves no temporary file, if writing fails', () => {
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

  it('replaces the target of a symbolic link', () => {
    const path = join(folder, 'link');
    writeFileSync(join(folder, 'target'), 'old');
    symlinkSync('target', path);
    replaceFile(path, ['new']);
    assert.equal(readFileSync(join(folder, 'target'), 'utf8'), 'new');
    assert.ok(lstatSync(path).isSymbolicLink());
  });

  it('reports why it cannot write', () => {
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
