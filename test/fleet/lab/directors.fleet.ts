import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInLab } from '../../lab/lab.ts';
import { binFolder } from '../../lab/project.ts';
import { findEtcd } from '../etcd/package.ts';

/** Everything that test/fleet/lab/directors.sh shows, in order. */
const shown = [
  'a rollout brings all directors to its revision',
  'a rollout that a kernel refuses halts, and the tables are what they were',
  'a rollback publishes the rules before, and brings them',
  'a check that fails rolls back where that is wanted',
  'a server is drained on all directors, but not the last one',
  'without the store tables stay, and a director that starts anew restores its own',
  'a driver that is killed at any moment can be replaced',
  'an agent that is killed at any moment goes on where it was',
];

describe('three directors on a real kernel, with a real etcd', () => {
  it('are rolled out, halted, rolled back, drained, cut off and killed', async () => {
    const { etcd } = await findEtcd('3.5');
    const env = { ETCD: etcd, PATH: `${binFolder}:${process.env.PATH}` };
    const script = join(import.meta.dirname, 'directors.sh');
    const { code, stdout, stderr } = await runInLab(['sh', script], { env, memory: '768M', timeLimit: 600 });
    const found = stdout.split('\n').flatMap((line) => (line.startsWith('ok ') ? [line.slice(3)] : []));
    assert.deepEqual(found, shown, stdout + stderr);
    assert.equal(code, 0);
  });
});
