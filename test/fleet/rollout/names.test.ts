import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describePlans } from '../../../src/cli/fleet/plans.ts';
import { revisionBefore } from '../../../src/fleet/rollout/revision-before.ts';
import { startRollback } from '../../../src/fleet/rollout/start.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';

/** Legal names of directors that every object of JavaScript has properties of. */
const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];

describe('directors named like inherited properties', () => {
  it('are planned, shown, updated and rolled back like others', async () => {
    const fleet = await SimulatedFleet.withFirstRevision(['lb1', ...inherited]);
    await fleet.start(2);
    await fleet.untilAsked();
    const asked = await readFleet(fleet.store, keys);
    assert.ok(asked.rollout);
    const plans = describePlans(asked, asked.rollout.content);
    for (const name of inherited) assert.match(plans.split('\n')[0] ?? '', new RegExp(`\\b${name}\\b`));
    const { state, failed, skipped } = await fleet.run();
    assert.deepEqual([state, failed, skipped], ['done', {}, {}]);
    assert.deepEqual(new Set(Object.values(fleet.applied())), new Set([2]));
    const after = await readFleet(fleet.store, keys);
    assert.ok(after.rollout);
    assert.equal(revisionBefore(after, after.rollout.content), 1);
    const identity = { revision: 3, id: 'back', holder: 'driver', now: fleet.time };
    const choice = { restores: 1, isChosen: false, deadline: 30 };
    const back = startRollback(after, after.rollout.content, { ...identity, ...choice });
    assert.deepEqual(back.waves.flat(2).sort(), ['lb1', ...inherited].sort());
  });

  it('fail like others, with a reason', async () => {
    const fleet = await SimulatedFleet.withFirstRevision(['lb1', ...inherited]);
    fleet.agent('valueOf').director.refuses = () => 'no memory';
    fleet.agent('toString').director.problems = [{ problem: 'constructor', services: 1 }];
    await fleet.start(2, { canary: 0, waves: '100%', options: { maxFailures: 1 } });
    const { state, failed, skipped } = await fleet.run();
    assert.equal(state, 'done');
    assert.deepEqual(failed, { valueOf: 'no memory' });
    assert.deepEqual(Object.keys(skipped), []);
    assert.deepEqual([fleet.applied().valueOf, fleet.applied().constructor], [1, 2]);
  });
});
