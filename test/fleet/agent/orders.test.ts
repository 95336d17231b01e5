import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  it('does nothing without a target', async () => {
    rig.director.setRules(rulesFor(5));
    const report = await rig.turn();
    assert.equal(report.applied, undefined);
    assert.equal(rig.director.rules(), rulesFor(5));
  });

  it('applies the revision of its target once', async () => {
    const report = await rig.obey({ revision: 1 });
    assert.equal(report.applied?.revision, 1);
    assert.equal(rig.director.rules(), rulesFor(3));
    await rig.turn();
    assert.equal(rig.director.changes, 1);
  });

  it('reports since when a revision has been applied', async () => {
    await rig.obey({ revision: 1 });
    rig.time += 60_000;
    assert.equal((await rig.obey({ revision: 2 })).applied?.since, new Date(rig.time).toISOString());
  });

  it('reports drift, and leaves it', async () => {
    await rig.obey({ revision: 1 });
    rig.director.setRules(rulesFor(2));
    const { drift } = await rig.turn();
    assert.deepEqual(drift, { commands: 1, excerpt: ['-a -t 192.0.2.1:80 -r 10.0.0.3:80 -m -w 1'] });
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('corrects drift in the first turn of another rollout of the same revision only', async () => {
    await rig.obey({ revision: 1 });
    rig.director.setRules(rulesFor(2));
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(2));
    const { applied } = rig.agent.report ?? {};
    rig.time += 1000;
    const report = await rig.obey({ rollout: 'r2', revision: 1, confirm: 60 });
    assert.equal(rig.director.rules(), rulesFor(3));
    assert.deepEqual(
      [report.applied, report.drift.commands],
      [applied, 0],
      'the revision keeps the time at which it was applied',
    );
    assert.match(rig.agent.logged.at(-2) ?? '', /^revision 1: correcting the table: 1 server added/);
    rig.time += 61_000;
    rig.director.setRules(rulesFor(2));
    assert.equal((await rig.turn()).refusal, undefined, 'there is no other revision to go back to');
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('logs nothing if another rollout of the same revision has nothing to correct', async () => {
    await rig.obey({ revision: 1 });
    const { length } = rig.agent.logged;
    await rig.obey({ rollout: 'r2', revision: 1 });
    assert.deepEqual([rig.director.changes, rig.agent.logged.length], [1, length]);
  });
});
