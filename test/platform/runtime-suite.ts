import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { runtimeOf } from '../../packaging/compile.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import type { Checks, Outcomes } from './checks.ts';

/**
 * Tests on a kernel what has to hold in each runtime: here, and in the executable's. `program` is the file that exports `checks`, and
 * tells what they came to when it is run. With `usesIoUring`, that runtime has to use io_uring where the kernel lets it, and the
 * checks have to hold without, too.
 */
export function runtimeSuite(
  url: string,
  title: string,
  checks: Checks,
  program: string,
  { usesIoUring }: { readonly usesIoUring: boolean },
): void {
  kernelSuite(url, title, () => {
    describe('of Node', () => {
      for (const [title, check] of Object.entries(checks)) it(title, check);
    });

    describe('of the runtime in the executable', () => checkRuntime(program, usesIoUring));

    if (!usesIoUring) return;
    const withoutRings = 'of that runtime, where it may not use io_uring';
    const setting = '/proc/sys/kernel/io_uring_disabled';
    if (!existsSync(setting)) {
      it(withoutRings, { skip: 'Only since Linux 6.6 can the kernel be told to forbid it.' });
      return;
    }
    describe(withoutRings, () => {
      before(() => writeFileSync(setting, '2'));
      checkRuntime(program, false);
      after(() => writeFileSync(setting, '0'));
    });
  });
}

/** Has the executable's runtime run the checks of `program`. */
export function checkRuntime(program: string, usesIoUring: boolean): void {
  it('holds in that runtime', async (test) => {
    const { stdout, stderr } = spawnSync(runtimeOf('x64'), [program], { encoding: 'utf8' });
    assert.equal(stderr, '');
    const told: Outcomes = JSON.parse(stdout);
    for (const [title, outcome] of Object.entries(told.outcomes)) {
      await test.test(title, () => assert.equal(outcome, ''));
    }
    assert.equal(told.usesIoUring, usesIoUring);
  });
}
