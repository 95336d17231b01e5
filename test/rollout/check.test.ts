import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { optionRows } from '../../src/rules/option-table/table.ts';
import { runInLab } from '../lab/lab.ts';
import { lab } from '../lab/lab-test.ts';
import { binFolder } from '../lab/project.ts';
import { badLines } from './bad-lines.ts';
import { fileOf, start } from './director.ts';

const good = fileOf(['-A -t 192.0.2.1:80 -s wlc', '-a -t 192.0.2.1:80 -r 10.0.0.1 -m']);
const bad = fileOf(badLines.map(({ line }) => line));
const faults = badLines.map(({ message }, index) => `line ${index + 1}: ${message}\n`).join('');

describe('--check', () => {
  for (const [what, name, words] of [
    ['ipvsadm -R --check', 'ipvsadm', ['-R', '--check']],
    ['ipvsadm-restore --check', 'ipvsadm-restore', ['--check']],
    ['ipvsadm-restore --flush --check', 'ipvsadm-restore', ['--flush', '--check']],
  ] as const) {
    it(`prints nothing for valid rules: ${what}`, async () => {
      const { status, stdout, stderr } = await start(name, words, good).ended;
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
    });

    it(`reports every invalid line: ${what}`, async () => {
      const { status, stdout, stderr } = await start(name, words, bad).ended;
      assert.deepEqual([status, stdout, stderr], [2, '', faults]);
    });
  }

  it('reports why the rules cannot be read, with the same status in every command', async () => {
    for (const [name, words] of [
      ['ipvsadm', ['-R', '--check']],
      ['ipvsadm', ['-R', '--sync', '--check']],
      ['ipvsadm-restore', ['--check']],
    ] as const) {
      const readFolder = ['sh', '-c', 'exec "$0" "$@" </'];
      const { status, stdout, stderr } = await start(name, words, '', readFolder).ended;
      assert.deepEqual([status, stdout, stderr], [2, '', 'cannot read standard input: Is a directory\n']);
    }
  });

  it('reports an invalid command line, without IPVS as well', async () => {
    const { status, stdout, stderr } = await start('ipvsadm', ['-R', '--check', '--wait'], good).ended;
    const message = "The option 'wait' needs the 'sync' option in the 'restore' command\n";
    assert.deepEqual([status, stdout, stderr], [2, '', message]);
  });

  it('reports contradictions if the rules describe the whole table', async () => {
    const twice = fileOf(['-A -f 1', '-A -f 1', '-d -f 1 -r 10.0.0.1']);
    const { status, stderr } = await start('ipvsadm-restore', ['--check'], twice).ended;
    assert.deepEqual([status, stderr], [2, 'line 2: Service already exists\nline 3: No such destination\n']);
    assert.equal((await start('ipvsadm', ['-R', '--check'], twice).ended).status, 0);
  });

  it('refuses rules without services, as a rollout does if the table has services', async () => {
    const converging = [
      ['ipvsadm', ['-R', '--sync', '--check']],
      ['ipvsadm-restore', ['--check']],
      ['ipvsadm-restore', ['--flush', '--check']],
      ['ipvsadm-restore', ['--only', 'tcp', '--check']],
    ] as const;
    const refusal = 'the rules have no services and would remove all services (--allow-empty allows this)\n';
    for (const [name, words] of converging) {
      for (const rules of ['', '# nothing\n', fileOf(['--set 0 0 60', '-L'])]) {
        const { status, stdout, stderr } = await start(name, words, rules).ended;
        assert.deepEqual([status, stdout, stderr], [4, '', refusal], words.join(' '));
        const allowed = await start(name, [...words, '--allow-empty'], rules).ended;
        assert.deepEqual([allowed.status, allowed.stdout, allowed.stderr], [0, '', '']);
      }
    }
    const none = '{ "services": [] }';
    assert.equal((await start('ipvsadm-restore', ['--check', '--json'], none).ended).status, 4);
    for (const [name, words, rules] of [
      ['ipvsadm-restore', ['--check'], '-C\n'],
      ['ipvsadm', ['-R', '--check'], ''],
    ] as const) {
      const { status, stderr } = await start(name, words, rules).ended;
      assert.deepEqual([status, stderr], [0, '']);
    }
  });

  it('neither needs nor loads IPVS, and needs no privileges', lab, async () => {
    const asNobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all';
    const check = join(binFolder, 'ipvsadm-restore');
    const script = `
      ${check} --check <<'END' && ${asNobody} ${check} --check <<'END2' && ! test -e /proc/net/ip_vs
${good}END
${good}END2`;
    const { code, stdout, stderr } = await runInLab(['sh', '-c', script], { kernel: 'uml', ipvs: false });
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
  });
});

describe('the command line of ipvsadm-restore', () => {
  const run = (words: readonly string[], input = good) => start('ipvsadm-restore', words, input).ended;
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-restore-'));
    writeFileSync(join(folder, 'good'), good);
    writeFileSync(join(folder, 'bad'), bad);
    writeFileSync(join(folder, '-dash'), bad);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('accepts a file before or after options, and - for standard input', async () => {
    const file = join(folder, 'bad');
    const lines = [
      ['--check', file],
      [file, '--check'],
      ['-n', '--wait', file, '--check'],
      ['--check', '--', file],
    ];
    for (const words of lines) {
      const { status, stdout, stderr } = await run(words);
      assert.deepEqual([status, stdout, stderr], [2, '', faults], words.join(' '));
    }
    assert.equal((await run(['--check', join(folder, 'good')], bad)).status, 0);
    assert.equal((await run(['--check', '-'], bad)).stderr, faults);
    const inFolder = ['sh', '-c', `cd ${folder}; exec "$0" "$@"`];
    const { stderr } = await start('ipvsadm-restore', ['--check', '--', '-dash'], good, inFolder).ended;
    assert.equal(stderr, faults);
  });

  it('accepts at most one file', async () => {
    const { status, stdout, stderr } = await run(['--check', join(folder, 'good'), 'other']);
    assert.deepEqual([status, stdout], [2, '']);
    assert.equal(stderr, "unexpected argument other\nTry 'ipvsadm-restore --help'.\n");
    // What follows an option without = is most likely its argument, not the file.
    const misplaced = await run(['--check', '--drain', '60', join(folder, 'good')]);
    assert.deepEqual([misplaced.status, misplaced.stdout], [2, '']);
    assert.equal(misplaced.stderr, "unexpected argument 60\nTry 'ipvsadm-restore --help'.\n");
  });

  it('reports why a file cannot be read', async () => {
    for (const [file, reason] of [
      [join(folder, 'missing'), 'No such file or directory'],
      [folder, 'Is a directory'],
    ] as const) {
      const { status, stdout, stderr } = await run(['--check', file]);
      assert.deepEqual([status, stdout, stderr], [2, '', `cannot read ${file}: ${reason}\n`]);
    }
    const { stderr } = await run(['--check', join(folder, 'a\u200b')]);
    assert.equal(stderr, `cannot read ${folder}/a\\u200b: No such file or directory\n`);
  });

  it('refuses unknown options and invalid arguments', async () => {
    for (const [words, message] of [
      [['--dryrun'], "error: unknown option '--dryrun'\n(Did you mean --dry-run?)\n"],
      [['-x'], "error: unknown option '-x'\n"],
      [['--nonsense\u200b'], "error: unknown option '--nonsense\\u200b'\n"],
      [['--sync'], "error: unknown option '--sync'\n"],
      [['--wait='], "illegal number of seconds `' for --wait: expected 0 to 2678400\n"],
      [['--drain=x'], "illegal number of seconds `x' for --drain: expected 0 to 2678400\n"],
      [['--check', '--check'], "multiple 'check' options specified\n"],
      [['--only', 'x'], "illegal pattern `x': "],
      [['--except=10.0.0.0/33'], "illegal pattern `10.0.0.0/33': "],
      [
        ['--max-removals=101%'],
        "illegal limit `101%' for --max-removals: expected a number or a percentage\n",
      ],
      [['--min-servers', '-1'], "illegal limit `-1' for --min-servers: expected a number or a percentage\n"],
      [['--keep'], "The option 'keep' needs the 'drain' option in the 'restore' command\n"],
    ] as const) {
      const { status, stdout, stderr } = await run(words);
      assert.deepEqual([status, stdout], [2, ''], words.join());
      assert.ok(stderr.startsWith(message), stderr);
      assert.ok(stderr.endsWith("\nTry 'ipvsadm-restore --help'.\n"), stderr);
    }
  });

  it('prints help on standard output, with every option of ipvsadm -R except --sync', async () => {
    const { status, stdout, stderr } = await run(['--help']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^Usage: ipvsadm-restore \[OPTION\]\.\.\. \[FILE\]\n/);
    const shown = [...stdout.matchAll(/^ {2}(?:-h, )?(--[^ ]+(?: <[^ ]+>)?) {2,}\S/gm)].map(
      ([, option]) => option,
    );
    const shared = optionRows
      .filter(({ name, allowedWith }) => {
        return name !== 'sync' && allowedWith !== 'any' && allowedWith.includes('restore');
      })
      .flatMap(({ spellings }) => spellings)
      .map(({ long, argument, label }) =>
        argument === undefined
          ? `--${long}`
          : argument === 'required'
            ? `--${long} <${label}>`
            : `--${long}[=${label}]`,
      );
    assert.ok(shared.length > 6);
    assert.deepEqual(shown.sort(), ['--flush', '--help', ...shared].sort());
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    );
    assert.equal((await run(['-h'])).stdout, stdout);
  });
});

describe('the command line of ipvsadm-save', () => {
  it('reports unknown options and arguments, followed by the usage', async () => {
    for (const [words, sentence] of [
      [['--nonsense'], '--nonsense: unknown option\n'],
      [['-n', '--stats'], '--stats: unknown option\n'],
      [['--version'], '--version: unknown option\n'],
      [['-nc'], '-c: unknown option\n'],
      [['--weight=5'], '--weight: unknown option\n'],
      [['--only'], '--only: missing argument\n'],
      [['--help'], ''],
    ] as const) {
      const { status, stdout, stderr } = await start('ipvsadm-save', words, '').ended;
      assert.deepEqual([status, stdout], [1, '']);
      assert.ok(stderr.startsWith(`${sentence}Usage: ipvsadm-save `), stderr);
    }
  });
});

describe('ipvsadm-restore --flush', () => {
  it('takes the options that have a meaning without a plan', async () => {
    const words = ['--flush', '--wait=5', '--allow-empty', '--check'];
    const { status, stdout, stderr } = await start('ipvsadm-restore', words, good).ended;
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  for (const words of [
    ...[['--dry-run'], ['--drain'], ['--only', 'tcp'], ['--except', 'udp:53'], ['--keep-weights']],
    ...[
      ['--max-removals', '1'],
      ['--min-servers', '50%'],
    ],
  ])
    it(`conflicts with ${words.join(' ')}`, async () => {
      const other = words[0]?.slice(2);
      const { status, stdout, stderr } = await start('ipvsadm-restore', ['--flush', ...words], good).ended;
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, new RegExp(`^The option 'flush' conflicts with the '${other}' option`));
    });
});
