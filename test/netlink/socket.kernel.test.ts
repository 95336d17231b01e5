import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runtimeOf } from '../../packaging/compile.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { checks } from './socket-checks.ts';

kernelSuite(import.meta.url, 'a netlink socket', () => {
  describe('of Node', () => {
    for (const [title, check] of Object.entries(checks)) it(title, check);
  });

  describe('of the runtime in the executable', () => checkRuntime({ usesIoUring: true }));

  describe('of that runtime, where it may not use io_uring', () => {
    const setting = '/proc/sys/kernel/io_uring_disabled';
    before(() => writeFileSync(setting, '2'));
    checkRuntime({ usesIoUring: false });
    after(() => writeFileSync(setting, '0'));
  });
});

/** Has the runtime of the executable run the checks, and tells of each. */
function checkRuntime(expected: { readonly usesIoUring: boolean }): void {
  let outcomes: Record<string, string>;
  let usesIoUring: boolean;
  before(() => {
    const program = join(import.meta.dirname, 'socket-checks.ts');
    const { stdout, stderr } = spawnSync(runtimeOf('x64'), [program], { encoding: 'utf8' });
    assert.equal(stderr, '');
    ({ outcomes, usesIoUring } = JSON.parse(stdout));
  });
  for (const title of Object.keys(checks)) it(title, () => assert.equal(outcomes[title], ''));
  it(expected.usesIoUring ? 'uses io_uring' : 'does without io_uring', () =>
    assert.equal(usesIoUring, expected.usesIoUring),
  );
}
