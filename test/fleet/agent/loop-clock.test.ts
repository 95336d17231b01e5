import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rulesFor } from '../simulated-agent.ts';
import { LoopRig } from './loop-rig.ts';

let rig: LoopRig;

describe('the loop of an agent, when the clock is set', () => {
  beforeEach(async () => {
    rig = await LoopRig.withTwoRevisions();
  });

  afterEach(() => rig.end());

  for (const [how, step] of [
    ['back', -3600_000],
    ['forward', 3600_000],
  ] as const) {
    it(`keeps the time to confirm the same (set ${how} by an hour)`, async () => {
      await rig.order(1);
      rig.start();
      await rig.untilServers(1);
      await rig.order(2, { confirm: 1 });
      await rig.untilServers(2);
      const begun = performance.now();
      rig.clockStep = step;
      rig.store.disturb();
      await rig.untilServers(1);
      const seconds = (performance.now() - begun) / 1000;
      assert.ok(seconds > 0.8 && seconds < 1.8, `it went back after ${seconds} s`);
    });
  }

  it('waits for the whole time to confirm after a change (set back during that change)', async () => {
    await rig.order(1);
    rig.start();
    await rig.untilServers(1);
    const { converge } = rig.director;
    rig.director.converge = (desired, options) => {
      rig.clockStep = -3600_000;
      return converge.call(rig.director, desired, options);
    };
    await rig.order(2, { confirm: 30 });
    await rig.untilServers(2);
    await sleep(700);
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('waits at most for the time to confirm after a restart (set back before that)', async () => {
    await rig.order(1);
    await rig.runOnce();
    await rig.order(2, { confirm: 1 });
    await rig.runOnce();
    rig.clockStep = -3600_000;
    rig.start();
    await rig.untilServers(1);
  });
});
