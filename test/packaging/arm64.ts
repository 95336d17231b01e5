// Tests the executable for arm64 under QEMU's user-mode emulation, with Debian's C library for that architecture. It has to be
// built first, and is slow; so `npm test` skips it, and `npm run test:arm64` runs it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compile } from '../../packaging/compile.ts';
import { cached } from '../lab/cache.ts';
import { findDebianMirror } from '../lab/debian/mirror.ts';
import { unpack } from '../lab/debian/packages.ts';
import { debianSuite } from '../lab/debian/suite.ts';
import { binFolderOf } from '../lab/project.ts';

/** A rule file of 5,000 services with 10 servers each. */
const rules = Array.from({ length: 5000 }, (_, number) => {
  const service = `-t 10.${number >> 8}.${number & 255}.1:80`;
  const servers = Array.from(
    { length: 10 },
    (_, server) => `-a ${service} -r 192.0.2.${server}:80 -g -w 1\n`,
  );
  return `-A ${service} -s wlc\n${servers.join('')}`;
}).join('');

/** Fetches the emulator and the C library, and resolves to their folder. */
async function fetchEmulator(): Promise<string> {
  const mirror = await findDebianMirror();
  return cached(`${mirror.suite}-arm64`, async (root) => {
    const suite = await debianSuite(mirror, mirror.suite);
    await unpack(suite.download, await suite.closure(['qemu-user-static', 'libc6-arm64-cross']), root);
  });
}

describe('the executable for arm64', () => {
  let folder: string;
  let emulator: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-arm64-'));
    emulator = await fetchEmulator();
    assert.ok(compile('arm64', join(folder, 'ipvsadm')), 'the executable cannot be built');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the executable under one of its names. */
  const run = (name: string, args: readonly string[], input = '') => {
    const options = ['-L', join(emulator, 'usr/aarch64-linux-gnu'), '-0', name, join(folder, 'ipvsadm')];
    const qemu = join(emulator, 'usr/bin/qemu-aarch64-static');
    const { status, stdout, stderr } = spawnSync(qemu, [...options, ...args], { input, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  /** Runs the build for Node. */
  const runNode = (name: string, args: readonly string[], input = '') => {
    const { status, stdout, stderr } = spawnSync(join(binFolderOf('node'), name), args, {
      input,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  for (const option of ['--version', '--help']) {
    it(`prints the same as the build for Node with ${option}`, () => {
      assert.deepEqual(run('ipvsadm', [option]), runNode('ipvsadm', [option]));
    });
  }

  it('checks 55,000 rules', () => {
    assert.deepEqual(run('ipvsadm', ['-R', '--check'], rules), { status: 0, stdout: '', stderr: '' });
    const bad = run('ipvsadm', ['-R', '--check'], `${rules}-A -t www:80\n`);
    assert.equal(bad.status, 2);
    assert.match(bad.stderr, /^line 55001: illegal virtual server address\[:port\] specified: www:80\n/);
  });

  it('checks 55,000 rules in a file, as ipvsadm-restore', () => {
    const file = join(folder, 'rules');
    writeFileSync(file, rules);
    assert.deepEqual(run('ipvsadm-restore', ['--check', file]), { status: 0, stdout: '', stderr: '' });
  });

  it('reports on a dry run that IPVS is missing, as the emulator has no generic netlink', () => {
    const { status, stdout, stderr } = run('ipvsadm-restore', ['--dry-run'], '-A -t 192.0.2.1:80 -s wlc\n');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^Can't initialize ipvs: Protocol not supported\n/);
  });
});
