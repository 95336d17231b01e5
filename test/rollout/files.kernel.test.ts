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
import { binFolder, projectFolder } from '../lab/project.ts';
import { PseudoTerminal } from '../views/pseudo-terminal.ts';
import { fileOf, Reference, run, start } from './director.ts';

const rules = ['-A -t 192.0.2.1:80 -s wlc', '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1', '-A -f 7 -s rr'];
const refusal = 'the rules have no services and would remove all 2 services (--allow-empty allows this)\n';

kernelSuite(import.meta.url, 'ipvsadm-save and ipvsadm-restore', () => {
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

  describe('sentences about a rollout', () => {
    it('summarize a dry run on a terminal, after its commands', async () => {
      const file = join(folder, 'next.rules');
      writeFileSync(file, fileOf([...rules.slice(0, 2), '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m', '-A -f 8']));
      const terminal = new PseudoTerminal([join(binFolder, 'ipvsadm-restore'), '--dry-run', file]);
      try {
        assert.equal((await terminal.end()).status, 0);
        assert.deepEqual(terminal.output.trim().split('\r\n').slice(-2), [
          '-D -f 7',
          '1 service added, 1 removed, 1 server added',
        ]);
      } finally {
        terminal.dispose();
      }
    });

    it('count the servers whose clients a rule refuses', async () => {
      const servers = (weight: number, ...hosts: readonly number[]) =>
        hosts.map((host) => `-a -t 192.0.2.1:80 -r 10.0.0.${host}:80 -m -w ${weight}`);
      const all = ['-A -t 192.0.2.1:80 -s sh', ...servers(1, 1, 2, 3, 4)];
      assert.deepEqual(await restore([], fileOf(all)), [0, '', '']);
      const some = ['-A -t 192.0.2.1:80 -s sh', ...servers(0, 1, 2, 3), ...servers(1, 4)];
      const hint = '(sh-fallback sends them to other servers)';
      const sentence = `line 2: sh refuses the clients of this server and of 2 more while their weights are 0 ${hint}\n`;
      assert.deepEqual(await restore([], fileOf(some)), [0, '', sentence]);
    });
  });

  describe('rules without services', () => {
    for (const [what, words, input] of [
      ['empty input', [], ''],
      ['comments', [], '# web\n\n  # dns\n'],
      ['only timeouts', [], '--set 100 100 100\n'],
      ['empty input, with --flush', ['--flush'], ''],
      ['only timeouts, with --flush', ['--flush'], '--set 100 100 100\n'],
      ['empty input, with --drain', ['--drain'], ''],
      ['empty input, with --dry-run', ['--dry-run'], ''],
      ['JSON without services', ['--json'], '{"services": []}'],
      ['JSON without services, with --flush', ['--flush', '--json'], '{"services": []}'],
      ['an empty file', ['/dev/null'], '-A -f 1\n'],
    ] as const)
      it(`are refused, and change nothing: ${what}`, async () => {
        assert.deepEqual(await restore(words, input), [4, '', refusal]);
        assert.deepEqual(await reference.state(), state);
        assert.match(await reference.run('-L --timeout'), /: 900 120 300$/m);
      });

    it('are refused by ipvsadm -R --sync without --allow-empty', async () => {
      assert.deepEqual(await run('-R --sync', ''), { status: 4, stdout: '', stderr: refusal });
      assert.deepEqual(await reference.state(), state);
      assert.deepEqual(await run('-R --sync --allow-empty', ''), { status: 0, stdout: '', stderr: '' });
      assert.equal(await reference.run('-Sn'), '');
    });

    it('are refused with a different message if there is only one service', async () => {
      await reference.run('-D -f 7');
      const [status, , stderr] = await restore([]);
      assert.equal(status, 4);
      assert.match(stderr, /would remove the only service /);
    });

    it('are accepted by ipvsadm -R, as by ipvsadm 1.31', async () => {
      assert.deepEqual(await run('-R', ''), { status: 0, stdout: '', stderr: '' });
      assert.deepEqual(await reference.state(), state);
    });

    for (const words of [['--allow-empty'], ['--flush', '--allow-empty']])
      it(`clear the table with ${words.join(' ')}`, async () => {
        assert.deepEqual(await restore(words), [0, '', '']);
        assert.equal(await reference.run('-Sn'), '');
      });

    it('clear the table if they contain -C', async () => {
      assert.deepEqual(await restore([], '-C\n'), [0, '', '']);
      assert.equal(await reference.run('-Sn'), '');
    });

    it('are accepted on an empty table', async () => {
      await reference.run('-C');
      for (const words of [[], ['--flush'], ['--dry-run', '--exit-code'], ['/dev/null']])
        assert.deepEqual(await restore(words, '# web\n'), [0, '', ''], words.join(' '));
    });

    it('are shipped with the package, and can be restored on an empty director', async () => {
      await reference.run('-C');
      const shipped = join(projectFolder, 'packaging/debian/ipvsadm.rules');
      assert.match(readFileSync(shipped, 'utf8'), /^# /);
      assert.deepEqual(await restore([shipped]), [0, '', '']);
    });

    it('are shown as removals by --dry-run --allow-empty', async () => {
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

    it('is restored instead of standard input', async () => {
      const file = join(folder, 'restored');
      writeFileSync(file, '# one\n-A -f 9 -s rr\n');
      assert.deepEqual(await restore([file], ''), [0, '', '']);
      assert.equal(await reference.run('-Sn'), '-A -f 9 -s rr\n');
      assert.deepEqual(await restore(['--flush', file], '-A -f 10\n'), [0, '', '']);
      assert.equal(await reference.run('-Sn'), '-A -f 9 -s rr\n');
    });

    it('is reported if it cannot be read, and nothing is restored', async () => {
      const missing = join(folder, 'missing');
      const message = `cannot read ${missing}: No such file or directory\n`;
      for (const words of [[missing], ['--flush', missing]])
        assert.deepEqual(await restore(words, '-A -f 9\n'), [2, '', message]);
      assert.deepEqual(await reference.state(), state);
    });

    it('is replaced atomically, keeps mode and owner, and can be restored', async () => {
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

    it('named - is standard output when saving', async () => {
      const [status, stdout, stderr] = await save(['-n', '-']);
      assert.deepEqual([status, sorted(stdout), stderr], [0, rules.toSorted(), '']);
    });

    it('is not changed if there is another operand; write errors are reported', async () => {
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
