import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInLab } from '../lab/lab.ts';
import { lab } from '../lab/lab-test.ts';
import { binFolder } from '../lab/project.ts';
import { badLines } from './bad-lines.ts';
import { fileOf, start } from './director.ts';

const good = fileOf(['-A -t 192.0.2.1:80 -s wlc', '-a -t 192.0.2.1:80 -r 10.0.0.1 -m']);
const bad = fileOf(badLines.map(({ line }) => line));
const faults = badLines.map(({ says }, index) => `line ${index + 1}: ${says}\n`).join('');

describe('--check', () => {
  for (const [what, name, words] of [
    ['ipvsadm -R --check', 'ipvsadm', ['-R', '--check']],
    ['ipvsadm-restore --check', 'ipvsadm-restore', ['--check']],
    ['ipvsadm-restore --flush --check', 'ipvsadm-restore', ['--flush', '--check']],
  ] as const) {
    it(`says nothing of rules that are right: ${what}`, async () => {
      const { status, stdout, stderr } = await start(name, words, good).ended;
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
    });

    it(`tells every line that is wrong: ${what}`, async () => {
      const { status, stdout, stderr } = await start(name, words, bad).ended;
      assert.deepEqual([status, stdout, stderr], [2, '', faults]);
    });
  }

  it('finds contradictions in what is to be the whole table', async () => {
    const twice = fileOf(['-A -f 1', '-A -f 1', '-d -f 1 -r 10.0.0.1']);
    const { status, stderr } = await start('ipvsadm-restore', ['--check'], twice).ended;
    assert.deepEqual([status, stderr], [2, 'line 2: Service already exists\nline 3: No such destination\n']);
    assert.equal((await start('ipvsadm', ['-R', '--check'], twice).ended).status, 0);
  });

  it('needs no IPVS, loads none, and needs no rights', lab, async () => {
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

describe('ipvsadm-restore --flush', () => {
  for (const other of ['dry-run', 'drain'])
    it(`does not go with --${other}`, async () => {
      const { status, stdout, stderr } = await start('ipvsadm-restore', ['--flush', `--${other}`], good)
        .ended;
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, new RegExp(`^The option 'flush' conflicts with the '${other}' option`));
    });
});
