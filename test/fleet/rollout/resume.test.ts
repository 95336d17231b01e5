import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { pauseRollout } from '../../../src/fleet/rollout/control.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { names } from './five-directors.ts';

let fleet: SimulatedFleet;

describe('a rollout, paused or resumed', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
  });

  it('restarts baking, but not for an hour, if the clock of the previous driver was an hour ahead', async () => {
    fleet.time += 3600_000;
    await fleet.start(2, { waves: '100%', canary: 0, options: { bake: 30 } });
    for (let round = 0; (await fleet.rollout()).bakingSince === undefined; round++) {
      assert.ok(round < 50, 'it has not begun to bake');
      if ((await fleet.step()).startsWith('wait')) await fleet.turns();
    }
    fleet.time -= 3600_000;
    const set = fleet.time;
    assert.equal((await fleet.run()).state, 'done');
    assert.ok(fleet.time - set >= 30_000 && fleet.time - set < 60_000);
  });

  it('stops when it is paused, and continues with the driver that resumes it', async () => {
    await fleet.start(2);
    await fleet.untilApplied('lb1', 2);
    await pauseRollout(fleet.store, keys, { holder: 'bob', now: fleet.time });
    assert.equal(await fleet.step(), 'taken over');
    assert.equal(await fleet.step('bob'), 'end');
    assert.equal((await readFleet(fleet.store, keys)).targets.get('lb2')?.content.revision, 1);
    await fleet.resume({ holder: 'carol' });
    assert.equal((await fleet.run([], 'carol')).state, 'done');
    await assert.rejects(
      pauseRollout(fleet.store, keys, { holder: 'bob', now: fleet.time }),
      /no rollout is in progress/,
    );
  });

  it('continues without failed directors when it is resumed after a halt', async () => {
    fleet.agent('lb1').director.refuses = () => 'no';
    await fleet.start(2);
    assert.equal((await fleet.run()).state, 'halted');
    await fleet.resume();
    const { state, failed, skipped } = await fleet.run();
    assert.deepEqual([state, failed, skipped], ['done', { lb1: 'no' }, {}]);
  });

  it('keeps counting failures when it is resumed', async () => {
    for (const name of ['lb1', 'lb2']) fleet.agent(name).director.refuses = () => 'no';
    await fleet.start(2, { options: { maxFailures: 1 } });
    while (Object.keys((await fleet.rollout()).failed).length === 0) {
      await fleet.step();
      await fleet.turns();
    }
    await fleet.resume();
    const { state, failed, reason } = await fleet.run();
    assert.deepEqual([state, failed, reason], ['halted', { lb1: 'no', lb2: 'no' }, 'lb2: no']);
  });

  it('uses the check command of resume, and is not resumed without one if it had one', async () => {
    await fleet.start(2);
    await pauseRollout(fleet.store, keys, { holder: 'driver', now: fleet.time });
    await fleet.resume({ hasCheck: true });
    fleet.judge = () => 'curl: 500';
    assert.equal((await fleet.run()).reason, 'curl: 500');
    await assert.rejects(fleet.resume(), /this rollout has a check command: give it again with --check/);
  });

  it('is not resumed in place of another one', async () => {
    await fleet.start(2);
    await assert.rejects(fleet.resume({ id: 'another' }), /driver has changed the rollout meanwhile/);
  });

  it('restarts baking and checks again when it is resumed, whatever the clock of the new driver', async () => {
    for (const ahead of [700_000, -700_000, 0]) {
      await fleet.start(2, { waves: '100%', canary: 0, options: { bake: 600, check: true } });
      while ((await fleet.rollout()).bakingSince === undefined)
        if ((await fleet.step()).startsWith('wait')) await fleet.turns();
      fleet.time += ahead;
      await fleet.resume({ hasCheck: true });
      const resumed = fleet.time;
      assert.equal((await fleet.run()).phase, 'waves');
      while ((await fleet.rollout()).state === 'active') await fleet.run();
      assert.ok(fleet.time - resumed >= 600_000 && fleet.time - resumed < 640_000, `${fleet.time - resumed}`);
    }
  });
});
