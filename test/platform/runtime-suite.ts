import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { runtimeOf } from '../../packaging/compile.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import type { Checks, Outcomes } from './checks.ts';

/**
 * Tests on a kernel what has to hold in each runtime: here, and in that of the executable, with and without io_uring. `program` is
 * the file that tells of the checks when it is run.
 */
export function runtimeSuite(url: string, title: string, checks: Checks, program: string): void {
  kernelSuite(url, title, () => {
    describe('of Node', () => {
      for (const [title, check] of Object.entries(checks)) it(title, check);
    });

    describe('of the runtime in the executable', () => checkRuntime(checks, program, true));

    const withoutRings = 'of that runtime, where it may not use io_uring';
    const setting = '/proc/sys/kernel/io_uring_disabled';
    if (!existsSync(setting)) {
      it(withoutRings, { skip: 'Only since Linux 6.6 can the kernel be told to forbid it.' });
      return;
    }
    describe(withoutRings, () => {
      before(() => writeFileSync(setting, '2'));
      checkRuntime(checks, program, false);
      after(() => writeFileSync(setting, '0'));
    });
  });
}

/** Has the runtime of the executable run the checks, and tells of each. */
function checkRuntime(checks: Checks, program: string, usesIoUring: boolean): void {
  let told: Outcomes;
  before(() => {
    const { stdout, stderr } = spawnSync(runtimeOf('x64'), [program], { encoding: 'utf8' });
    assert.equal(stderr, '');
    told = JSON.parse(stdout);
  });
  for (const title of Object.keys(checks)) it(title, () => assert.equal(told.outcomes[title], ''));
  it(usesIoUring ? 'uses io_uring' : 'does without io_uring', () =>
    assert.equal(told.usesIoUring, usesIoUring),
  );
}
