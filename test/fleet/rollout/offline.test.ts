import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { advance } from '../../../src/fleet/rollout/advance.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { forgetDirector } from '../../../src/fleet/status/settings.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { names } from './five-directors.ts';

let fleet: SimulatedFleet;

describe('a rollout, with offline directors', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
  });

  it('waits for a director that goes offline after it has converged, and halts if it stays offline', async () => {
    for (const bake of [0, 30]) {
      for (const returns of [true, false]) {
        fleet = await SimulatedFleet.withFirstRevision(names);
        await fleet.start(2, { canary: 2, options: { bake, deadline: 60, offline: 'skip' } });
        await fleet.untilAsked();
        await fleet.step();
        await fleet.turns(bake > 0 ? [] : ['lb2']);
        if (bake > 0) while (!(await fleet.step()).includes('bake'));
        await fleet.goOffline('lb1');
        const begun = fleet.time;
        await fleet.agent('lb2').turn();
        while (fleet.time - begun < 1000 * (bake + 50)) {
          assert.match(await fleet.step(), /^(commit|wait for lb1: offline)$/);
          await fleet.turns(['lb1']);
          fleet.time += 1000;
        }
        assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1, lb4: 1, lb5: 1 });
        const { state, reason } = await fleet.run(returns ? [] : ['lb1']);
        assert.deepEqual(
          [state, reason],
          returns ? ['done', undefined] : ['halted', 'lb1: offline'],
          `baking for ${bake} s`,
        );
      }
    }
  });

  it('polls an offline director slowly after its deadline', async () => {
    await fleet.goOffline('lb1');
    await fleet.start(2, { options: { deadline: 10 } });
    await fleet.untilAsked();
    await fleet.goOffline('lb1');
    fleet.time += 60_000;
    const state = await readFleet(fleet.store, keys);
    assert.ok(state.rollout);
    const step = advance(state, state.rollout.content, fleet.time);
    assert.deepEqual(step, {
      act: 'wait',
      for: 'lb1: offline',
      milliseconds: 10_000,
    });
  });

  it('waits for, skips, or fails an offline director', async () => {
    await fleet.goOffline('lb3');
    await fleet.start(2, { options: { offline: 'skip' } });
    const skipping = await fleet.run(['lb3']);
    assert.deepEqual([skipping.state, skipping.skipped], ['done', { lb3: 'offline' }]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1, lb4: 2, lb5: 2 });
    await publishRules(fleet.store, rulesFor(3));
    await fleet.start(3, { options: { offline: 'fail' } });
    const failing = await fleet.run(['lb3']);
    assert.deepEqual([failing.state, failing.reason], ['halted', 'lb3: offline']);
    await fleet.abort();
    await fleet.start(3);
    const waiting = await fleet.run(['lb3']);
    assert.equal(waiting.phase, 'preview');
    await fleet.agent('lb3').turn();
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { lb1: 3, lb2: 3, lb3: 3, lb4: 3, lb5: 3 });
  });

  it('skips a director that is put on hold while its plan is awaited', async () => {
    await fleet.goOffline('lb3');
    await fleet.start(2);
    await fleet.run(['lb3']);
    assert.match(await fleet.step(), /^wait for the plan of lb3: offline \(/);
    await assert.rejects(
      forgetDirector(fleet.store, keys, 'lb3'),
      /hold lb3 to continue it without this director/,
    );
    await fleet.hold('lb3');
    const { state, skipped } = await fleet.run(['lb3']);
    assert.deepEqual([state, skipped], ['done', { lb3: 'on hold by ann' }]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1, lb4: 2, lb5: 2 });
  });
});
