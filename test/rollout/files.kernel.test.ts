import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { projectFolder } from '../lab/project.ts';
import { Reference, run, start } from './director.ts';

const rules = ['-A -t 192.0.2.1:80 -s wlc', '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1', '-A -f 7 -s rr'];
const refusal = 'the rules have no services and would remove all 2 services (--allow-empty allows this)\n';

kernelSuite(import.meta.url, 'ipvsadm-save, ipvsadm-restore and their files', () => {
  let folder: string;
  let reference: Reference;
  let state: string[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-files-'));
    reference = new Reference();
  });
  after(() => {
    reference.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await reference.restore(rules);
    state = await reference.state();
  });

  const restore = async (words: readonly string[], input = '') => {
    const { status, stdout, stderr } = await start('ipvsadm-restore', words, input).ended;
    return [status, stdout, stderr] as const;
  };

  describe('input without a rule', () => {
    for (const [what, words, input] of [
      ['nothing', [], ''],
      ['comments', [], '# web\n\n  # dns\n'],
      ['only timeouts', [], '--set 100 100 100\n'],
      ['nothing, with --flush', ['--flush'], ''],
      ['only timeouts, with --flush', ['--flush'], '--set 100 100 100\n'],
      ['nothing, with --drain', ['--drain'], ''],
      ['nothing, with --dry-run', ['--dry-run'], ''],
      ['JSON without a service', ['--json'], '{"services": []}'],
      ['JSON without a service, with --flush', ['--flush', '--json'], '{"services": []}'],
      ['a file with nothing', ['/dev/null'], '-A -f 1\n'],
    ] as const)
      it(`changes nothing: ${what}`, async () => {
        assert.deepEqual(await restore(words, input), [4, '', refusal]);
        assert.deepEqual(await reference.state(), state);
        assert.match(await reference.run('-L --timeout'), /: 900 120 300$/m);
      });

    it('changes nothing with -R --sync either', async () => {
      assert.deepEqual(await run('-R --sync', ''), { status: 4, stdout: '', stderr: refusal });
      assert.deepEqual(await reference.state(), state);
      assert.deepEqual(await run('-R --sync --allow-empty', ''), { status: 0, stdout: '', stderr: '' });
      assert.equal(await reference.run('-Sn'), '');
    });

    it('names the only service', async () => {
      await reference.run('-D -f 7');
      const [status, , stderr] = await restore([]);
      assert.equal(status, 4);
      assert.match(stderr, /would remove the only service /);
    });

    it('is run one by one as ipvsadm 1.31 does', async () => {
      assert.deepEqual(await run('-R', ''), { status: 0, stdout: '', stderr: '' });
      assert.deepEqual(await reference.state(), state);
    });

    for (const words of [['--allow-empty'], ['--flush', '--allow-empty']])
      it(`empties the table with ${words.join(' ')}`, async () => {
        assert.deepEqual(await restore(words), [0, '', '']);
        assert.equal(await reference.run('-Sn'), '');
      });

    it('empties it where the rules say so', async () => {
      assert.deepEqual(await restore([], '-C\n'), [0, '', '']);
      assert.equal(await reference.run('-Sn'), '');
    });

    it('is nothing to do on an empty table', async () => {
      await reference.run('-C');
      for (const words of [[], ['--flush'], ['--dry-run', '--exit-code'], ['/dev/null']])
        assert.deepEqual(await restore(words, '# web\n'), [0, '', ''], words.join(' '));
    });

    it('is what the package brings, which can be restored on a fresh director', async () => {
      await reference.run('-C');
      const shipped = join(projectFolder, 'packaging/debian/ipvsadm.rules');
      assert.match(readFileSync(shipped, 'utf8'), /^# /);
      assert.deepEqual(await restore([shipped]), [0, '', '']);
    });

    it('shows with --dry-run what it would remove', async () => {
      const [status, stdout] = await restore(['--dry-run', '--exit-code', '--allow-empty']);
      assert.equal(status, 3);
      assert.deepEqual(stdout.split('\n').sort(), ['', '-D -f 7', '-D -t 192.0.2.1:80']);
    });
  });

  describe('a file', () => {
    const save = async (words: readonly string[]) => {
      const { status, stdout, stderr } = await start('ipvsadm-save', words, '').ended;
      return [status, stdout, stderr] as const;
    };
    const sorted = (text: string) => text.trimEnd().split('\n').sort();

    it('is restored, and standard input is not read', async () => {
      const file = join(folder, 'restored');
      writeFileSync(file, '# one\n-A -f 9 -s rr\n');
      assert.deepEqual(await restore([file], ''), [0, '', '']);
      assert.equal(await reference.run('-Sn'), '-A -f 9 -s rr\n');
      assert.deepEqual(await restore(['--flush', file], '-A -f 10\n'), [0, '', '']);
      assert.equal(await reference.run('-Sn'), '-A -f 9 -s rr\n');
    });

    it('is not restored when it cannot be read', async () => {
      const missing = join(folder, 'missing');
      const says = `cannot read ${missing}: No such file or directory\n`;
      for (const words of [[missing], ['--flush', missing]])
        assert.deepEqual(await restore(words, '-A -f 9\n'), [2, '', says]);
      assert.deepEqual(await reference.state(), state);
    });

    it('is saved in one step, with mode and owner kept, and restored from', async () => {
      const file = join(folder, 'saved');
      assert.deepEqual(await save(['-n', file]), [0, '', '']);
      assert.deepEqual(sorted(readFileSync(file, 'utf8')), rules.toSorted());
      const { ino } = statSync(file);
      chownSync(file, 1, 1);
      chmodSync(file, 0o640);
      await reference.run('-D -f 7');
      assert.deepEqual(await save([file, '-n']), [0, '', '']);
      assert.deepEqual(sorted(readFileSync(file, 'utf8')), rules.slice(0, 2).toSorted());
      const now = statSync(file);
      assert.notEqual(now.ino, ino);
      assert.deepEqual([now.mode & 0o7777, now.uid, now.gid], [0o640, 1, 1]);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.includes('tmp')),
        [],
      );
      await reference.run('-C');
      assert.deepEqual(await restore([file]), [0, '', '']);
      assert.deepEqual(sorted(await reference.run('-Sn')), rules.slice(0, 2).toSorted());
    });

    it('named - is standard output', async () => {
      const [status, stdout, stderr] = await save(['-n', '-']);
      assert.deepEqual([status, sorted(stdout), stderr], [0, rules.toSorted(), '']);
    });

    it('stays when there is another operand, or the table cannot be written', async () => {
      const file = join(folder, 'kept');
      writeFileSync(file, 'old\n');
      const [status, stdout, stderr] = await save(['-n', file, 'other']);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^unexpected argument other\nUsage: /);
      assert.equal(readFileSync(file, 'utf8'), 'old\n');
      const missing = join(folder, 'missing', 'file');
      assert.deepEqual(await save([missing]), [
        1,
        '',
        `ipvsadm-save: cannot write ${missing}: No such file or directory\n`,
      ]);
      assert.deepEqual(await save([folder]), [
        1,
        '',
        `ipvsadm-save: cannot write ${folder}: not a regular file\n`,
      ]);
    });
  });
});
