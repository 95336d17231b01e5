import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lab } from './lab-test.ts';
import { nodeWithTypeScript } from './project.ts';

interface Report {
  readonly code: number;
  readonly tap: string;
}

/** Runs a fixture as `npm test` would, in an environment of its own. */
async function runFixture(name: string, env: NodeJS.ProcessEnv): Promise<Report> {
  const [file = '', ...options] = nodeWithTypeScript;
  const fixture = fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));
  const { NODE_TEST_CONTEXT: _, CI: __, IPVSADM_LAB_REQUIRED: ___, ...ours } = process.env;
  const child = spawn(file, [...options, '--test', '--test-reporter=tap', fixture], {
    env: { ...ours, ...env },
  });
  let tap = '';
  child.stdout.on('data', (chunk) => {
    tap += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, tap };
}

/** The environment of a machine that cannot fetch a kernel. */
const nowhere = { PATH: '/nowhere', IPVSADM_LAB_KERNELS: '6.1' };

describe('kernelSuite', () => {
  it('replays each test of the guest', lab, async () => {
    const { code, tap } = await runFixture('suite', { IPVSADM_LAB_KERNELS: '' });
    assert.equal(code, 1);
    assert.match(tap, /^ {4}ok 1 - passes/m);
    assert.match(tap, /^ {4}# a number$/m);
    assert.match(tap, /^ {4}not ok 2 - fails/m);
    assert.match(tap, /fixtures\/suite\.ts:\d+/, 'the location of the failure');
    assert.match(tap, /^ {4}ok 3 - is skipped # SKIP for a reason/m);
    assert.match(tap, /error: 'deep in the guest'/);
    assert.match(tap, /said in the guest/, 'output is kept for failures');
    assert.match(tap, /^# tests 6$/m);
    assert.match(tap, /^# pass 2$/m);
    assert.match(tap, /^# fail 3$/m);
    assert.match(tap, /^# skipped 1$/m);
  });

  it('fails with the end of the console when the guest dies', lab, async () => {
    const { code, tap } = await runFixture('crash', { IPVSADM_LAB_KERNELS: 'uml' });
    assert.equal(code, 1);
    assert.match(tap, /Kernel panic - not syncing: sysrq triggered crash/);
  });

  it('reports one skipped test, with the reason, if no lab is available', async () => {
    const { code, tap } = await runFixture('suite', nowhere);
    assert.equal(code, 0);
    assert.match(tap, /^ {4}ok 1 - runs in the lab # SKIP The lab is made of Debian packages/m);
    assert.match(tap, /^# skipped 1$/m);
  });

  it('fails if no lab is available but the lab is required', async () => {
    const { code, tap } = await runFixture('suite', { ...nowhere, IPVSADM_LAB_REQUIRED: '1' });
    assert.equal(code, 1);
    assert.match(tap, /The lab is made of Debian packages/);
  });
});
