import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { abortRollout } from '../../../src/fleet/rollout/control.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { names } from './five-directors.ts';

let fleet: SimulatedFleet;

describe('a rollout, to be confirmed', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
  });

  it('confirms each wave, so that its directors do not go back', async () => {
    await fleet.start(2, { options: { confirm: 100 } });
    assert.equal((await fleet.run()).state, 'done');
    fleet.time += 200_000;
    await fleet.turns();
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('lets directors go back if its driver is gone, whether they reach the store or not', async () => {
    await fleet.start(2, { canary: 2, options: { confirm: 100, bake: 50 } });
    while (fleet.applied().lb1 !== 2 || fleet.applied().lb2 !== 2) {
      await fleet.step();
      await fleet.turns();
    }
    fleet.time += 101_000;
    const away = { view: { kind: 'unreachable' }, overrides: undefined } as const;
    await fleet.agent('lb1').turnOn(away);
    await fleet.agent('lb2').turn();
    for (const name of ['lb1', 'lb2']) {
      assert.equal(fleet.agent(name).director.rules(), rulesFor(1));
      assert.equal(fleet.agent(name).report?.refusal?.code, 'not-confirmed');
    }
    await fleet.turns();
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 1, lb4: 1, lb5: 1 });
  });

  it('renews the time to confirm while a wave converges and bakes, however long that takes', async () => {
    for (const name of names) await fleet.group(name, 'all');
    await fleet.start(2, { canary: 0, waves: '100%', options: { confirm: 30, bake: 60, check: true } });
    const begun = fleet.time;
    fleet.judge = () => (fleet.time - begun < 100_000 ? 'too early' : undefined);
    for (const name of names) {
      const { director } = fleet.agent(name);
      const { converge } = director;
      const ready = begun + 10_000 * Number(name.slice(2));
      director.converge = async (desired, options) =>
        fleet.time < ready
          ? { kind: 'locked', reason: 'it takes its time' }
          : converge.call(director, desired, options);
    }
    const { state, failed } = await fleet.run();
    assert.deepEqual([state, failed], ['done', {}]);
    fleet.time += 200_000;
    await fleet.turns();
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('confirms a wave though a renewal is unreadable, and replaces the renewal', async () => {
    await fleet.start(2, { options: { confirm: 30, bake: 20 } });
    await fleet.untilApplied('lb1', 2);
    await fleet.store.commit({ compares: [], puts: [{ key: keys.renewal, value: Buffer.from('x') }] });
    await fleet.turns();
    const { state, failed } = await fleet.run();
    assert.deepEqual([state, failed], ['done', {}]);
    assert.equal((await readFleet(fleet.store, keys)).renewal?.content.wave, 2);
  });

  it('renews the time to confirm for the current wave only, and not for failed directors', async () => {
    fleet.agent('lb1').director.problems = [{ problem: 'no route', services: 1 }];
    fleet.judge = (directors) => (directors.includes('lb4') ? 'bad' : undefined);
    await fleet.start(2, { options: { confirm: 30, bake: 50, maxFailures: 1, check: true } });
    await fleet.step();
    fleet.agent('lb1').director.problems = [];
    await fleet.turns();
    await fleet.step();
    fleet.agent('lb1').director.problems = [{ problem: 'no route', services: 1 }];
    const { state } = await fleet.run();
    assert.equal(state, 'halted');
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
    fleet.time += 31_000;
    await fleet.turns();
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 2, lb3: 2, lb4: 1, lb5: 1 });
  });

  it('keeps the updates of unconfirmed directors if it is aborted', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `lb${index}`);
    fleet = await SimulatedFleet.withFirstRevision(many);
    await fleet.start(2, { canary: 0, waves: '100%', options: { confirm: 30, bake: 60 } });
    while (!(await fleet.step()).includes('bake')) await fleet.turns();
    fleet.store.intercept = async ({ puts }, commit) => {
      if (puts.some(({ key }) => key.startsWith(keys.targets)))
        throw new StoreError('unreachable', 'memory', '');
      return commit();
    };
    const by = { holder: 'ann', now: fleet.time };
    await assert.rejects(abortRollout(fleet.store, keys, by), StoreError);
    fleet.store.intercept = (_, commit) => commit();
    assert.equal(
      (await abortRollout(fleet.store, keys, by)).state,
      'aborted',
      'a failed abort can be repeated',
    );
    await assert.rejects(abortRollout(fleet.store, keys, by), /no rollout is in progress/);
    fleet.time += 31_000;
    await fleet.turns();
    for (const name of many) assert.equal(fleet.agent(name).director.rules(), rulesFor(2));
  });

  it('refuses a time to confirm that is too short for reports of directors', async () => {
    await assert.rejects(fleet.start(2, { options: { confirm: 9 } }), /--confirm 9s is shorter than 10s: /);
    await fleet.start(2, { options: { confirm: 10, bake: 600 } });
  });
});
