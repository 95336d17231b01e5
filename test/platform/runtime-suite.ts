import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { runtimeOf } from '../../packaging/compile.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import type { Checks, Outcomes } from './checks.ts';

const execute = promisify(execFile);

/**
 * Defines tests that run `checks` on a kernel in each runtime: in Node, and in the executable's. `program` is the file that
 * exports the checks, and prints their outcomes when it is run. With `usesIoUring`, the executable's runtime must use io_uring
 * where the kernel allows it, and is tested without it, too.
 */
export function runtimeSuite(
  url: string,
  title: string,
  checks: Checks,
  program: string,
  { usesIoUring }: { readonly usesIoUring: boolean },
): void {
  kernelSuite(url, title, () => {
    describe('in Node', () => {
      for (const [title, check] of Object.entries(checks)) it(title, check);
    });

    const inExecutable = "in the executable's runtime";
    const withoutRings = "in the executable's runtime, with io_uring disabled";
    const setting = '/proc/sys/kernel/io_uring_disabled';
    if (!usesIoUring || !existsSync(setting)) {
      describe(inExecutable, () => checkRuntime(program, usesIoUring));
      const skip = 'io_uring can only be disabled since Linux 6.6.';
      if (usesIoUring) it(withoutRings, { skip });
      return;
    }
    // Restored afterwards, as on User-mode Linux the lab may disable io_uring for Node.
    const disabled = readFileSync(setting, 'latin1');
    for (const [title, value] of [
      [inExecutable, '0'],
      [withoutRings, '2'],
    ] as const) {
      describe(title, () => {
        before(() => writeFileSync(setting, value));
        checkRuntime(program, value === '0');
        after(() => writeFileSync(setting, disabled));
      });
    }
  });
}

/** Defines a test that runs the checks of `program` in the executable's runtime. */
export function checkRuntime(program: string, usesIoUring: boolean): void {
  it('passes every check', async (test) => {
    // Not spawnSync, for which Node creates another event loop, and so perhaps an io_uring ring.
    const { stdout, stderr } = await execute(runtimeOf('x64'), [program]);
    assert.equal(stderr, '');
    const result: Outcomes = JSON.parse(stdout);
    for (const [title, outcome] of Object.entries(result.outcomes)) {
      await test.test(title, () => assert.equal(outcome, ''));
    }
    assert.equal(result.usesIoUring, usesIoUring);
  });
}
