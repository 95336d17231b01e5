import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rulesFor } from '../simulated-agent.ts';
import { LoopRig } from './loop-rig.ts';

let rig: LoopRig;

describe('the loop of an agent', () => {
  beforeEach(async () => {
    rig = await LoopRig.withTwoRevisions();
  });

  afterEach(() => rig.end());

  for (const [how, step] of [
    ['back', -3600_000],
    ['forward', 3600_000],
  ] as const) {
    it(`waits for being confirmed neither longer nor shorter when the clock is set ${how}`, async () => {
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

  it('waits the whole time to confirm where the clock is set back during a change', async () => {
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

  it('waits for being confirmed at most the whole time after a start with the clock set back', async () => {
    await rig.order(1);
    await rig.runOnce();
    await rig.order(2, { confirm: 1 });
    await rig.runOnce();
    rig.clockStep = -3600_000;
    rig.start();
    await rig.untilServers(1);
  });
});
