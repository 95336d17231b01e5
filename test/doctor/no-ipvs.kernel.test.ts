import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolder } from '../lab/project.ts';

/** Modules belong to the whole machine, so they are not changed if the lab is not a machine of its own. */
const skip = process.env.IPVSADM_LAB === 'host' && 'The modules of this machine are not changed.';

kernelSuite(import.meta.url, 'a kernel without IPVS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-no-ipvs-'));
  after(() => {
    rmSync(folder, { recursive: true });
    if (!skip) spawnSync('modprobe', ['ip_vs']);
  });

  beforeEach(() => {
    if (skip) return;
    run('sh', ['-c', 'for m in $(grep -o "^ip_vs_[a-z]*" /proc/modules) ip_vs; do modprobe -r "$m"; done']);
    assert.equal(isLoaded(), false);
  });

  it('is reported by the doctor', { skip }, () => {
    const { status, stdout, stderr } = ipvsadm('--doctor');
    assert.deepEqual({ status, stderr }, { status: 1, stderr: '' });
    assert.match(stdout, /^1\. IPVS is not loaded in the kernel\.\n {3}why: /);
    assert.match(stdout, /\n {3}fix: {6}modprobe ip_vs\n\n1 finding\.\n$/);
    assert.equal(isLoaded(), false);
    run('modprobe', ['ip_vs']);
    assert.equal(ipvsadm('--doctor').stdout, 'No problems found with 0 services.\n');
  });

  it('is reported instead of metrics, and the metrics file is not changed', { skip }, () => {
    const file = join(folder, 'ipvs.prom');
    writeFileSync(file, 'ipvs_services 3\n');
    const { status, stdout, stderr } = ipvsadm('-L', '--prometheus', '--output', file);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    assert.match(stderr, /^IPVS is not loaded in the kernel.*\n$/);
    assert.equal(readFileSync(file, 'utf8'), 'ipvs_services 3\n');
    assert.equal(isLoaded(), false);
  });

  describe('is not changed', () => {
    for (const words of [['--json'], ['--table'], ['--watch'], ['--prometheus'], ['-c', '--top']])
      it(`by ipvsadm -L ${words.join(' ')}`, { skip }, () => {
        const { status, stdout, stderr } = ipvsadm('-L', ...words);
        assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
        assert.match(stderr, /^IPVS is not loaded in the kernel/);
        assert.equal(isLoaded(), false);
      });

    it('by ipvsadm -R --check', { skip }, () => {
      assert.equal(ipvsadmWith('-A -t 192.0.2.1:80\n', '-R', '--check').status, 0);
      assert.equal(isLoaded(), false);
    });

    for (const words of [
      ['--doctor', '--verbos'],
      ['-L', '--json', '--bogus'],
      ['-L', '--watch', '5'],
      ['-R', '--check', '--wait'],
      ['-R', '--sync', '--dry-run', '--exit'],
    ])
      it(`by the invalid command line ipvsadm ${words.join(' ')}`, { skip }, () => {
        const { status, stdout, stderr } = ipvsadm(...words);
        assert.deepEqual([status === 2 || status === 255, stdout], [true, '']);
        assert.match(stderr, /unknown option|unexpected argument|needs the/);
        assert.equal(isLoaded(), false);
      });

    it('by a dry run, which prints the changes to an empty table', { skip }, () => {
      const rules = '-A -t 192.0.2.1:80 -s wlc\n';
      const dryRun = (input: string) => ipvsadmWith(input, '-R', '--sync', '--dry-run', '--exit-code');
      const { status, stdout, stderr } = dryRun(`--set 900 120 300\n${rules}`);
      assert.deepEqual({ status, stdout, stderr }, { status: 3, stdout: rules, stderr: '' });
      assert.equal(isLoaded(), false);
      const nothing = dryRun('--set 900 120 300\n');
      assert.deepEqual([nothing.status, nothing.stdout], [0, '']);
      // With the module loaded, as a restore would find it.
      run('modprobe', ['ip_vs']);
      const loaded = dryRun(`--set 900 120 300\n${rules}`);
      assert.deepEqual([loaded.status, loaded.stdout], [3, rules]);
    });
  });

  describe('gets IPVS loaded, as with the reference', () => {
    for (const words of [['-Ln'], ['-Sn'], ['-Lc'], ['-L', '--timeout'], ['-L', '--daemon'], ['-C']])
      it(`by ipvsadm ${words.join(' ')}`, { skip }, () => {
        assert.equal(ipvsadm(...words).status, 0);
        assert.equal(isLoaded(), true);
      });

    it('by an invalid command line', { skip }, () => {
      assert.equal(ipvsadm('-L', '--bogus').status, 255);
      assert.equal(isLoaded(), true);
    });
  });
});

function isLoaded(): boolean {
  return /^ip_vs /m.test(readFileSync('/proc/modules', 'utf8'));
}

function ipvsadm(...words: readonly string[]) {
  return ipvsadmWith('', ...words);
}

function ipvsadmWith(input: string, ...words: readonly string[]) {
  return spawnSync(join(binFolder, 'ipvsadm'), words, { input, encoding: 'utf8' });
}

function run(program: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
