import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { runtimeOf } from '../../packaging/compile.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { checks } from './socket-checks.ts';

kernelSuite(import.meta.url, 'a netlink socket', () => {
  describe('of Node', () => {
    for (const [title, check] of Object.entries(checks)) it(title, check);
  });

  describe('of the runtime in the executable', () => {
    let outcomes: Record<string, string>;
    before(() => {
      const program = join(import.meta.dirname, 'socket-checks.ts');
      const { stdout, stderr } = spawnSync(runtimeOf('x64'), [program], { encoding: 'utf8' });
      assert.equal(stderr, '');
      outcomes = JSON.parse(stdout);
    });
    for (const title of Object.keys(checks)) it(title, () => assert.equal(outcomes[title], ''));
  });
});
