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

    const ofExecutable = 'of the runtime in the executable';
    const withoutRings = 'of that runtime, where it may not use io_uring';
    const setting = '/proc/sys/kernel/io_uring_disabled';
    if (!usesIoUring || !existsSync(setting)) {
      describe(ofExecutable, () => checkRuntime(program, usesIoUring));
      const skip = 'Only since Linux 6.6 can the kernel be told to forbid it.';
      if (usesIoUring) it(withoutRings, { skip });
      return;
    }
    // Node may have begun without: see the lab's User-mode Linux.
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

/** Has the executable's runtime run the checks of `program`. */
export function checkRuntime(program: string, usesIoUring: boolean): void {
  it('holds in that runtime', async (test) => {
    // Not spawnSync, for which Node makes an event loop, and so perhaps a ring, of its own.
    const { stdout, stderr } = await execute(runtimeOf('x64'), [program]);
    assert.equal(stderr, '');
    const told: Outcomes = JSON.parse(stdout);
    for (const [title, outcome] of Object.entries(told.outcomes)) {
      await test.test(title, () => assert.equal(outcome, ''));
    }
    assert.equal(told.usesIoUring, usesIoUring);
  });
}
