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
    describe('of Node', () => {
      for (const [title, check] of Object.entries(checks)) it(title, check);
    });

    const ofExecutable = 'of the runtime in the executable';
    const withoutRings = 'of that runtime, where it may not use io_uring';
    const setting = '/proc/sys/kernel/io_uring_disabled';
    if (!usesIoUring || !existsSync(setting)) {
      describe(ofExecutable, () => checkRuntime(program, usesIoUring));
      const skip = 'Only since Linux 6.6 can the kernel be told to forbid it.';
      if (usesIoUring) it(withoutRings, { skip });
      return;
    }
    // Restored afterwards, as the lab may disable io_uring for Node: see its User-mode Linux.
    const disabled = readFileSync(setting, 'latin1');
    for (const [title, value] of [
      [ofExecutable, '0'],
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
  it('holds in that runtime', async (test) => {
    // Not spawnSync, for which Node creates another event loop, and so perhaps an io_uring ring.
    const { stdout, stderr } = await execute(runtimeOf('x64'), [program]);
    assert.equal(stderr, '');
    const told: Outcomes = JSON.parse(stdout);
    for (const [title, outcome] of Object.entries(told.outcomes)) {
      await test.test(title, () => assert.equal(outcome, ''));
    }
    assert.equal(told.usesIoUring, usesIoUring);
  });
}
