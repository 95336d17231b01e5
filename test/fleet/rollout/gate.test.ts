import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';
import { names } from './five-directors.ts';

let fleet: SimulatedFleet;

describe('a rollout, at the gate of a wave', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
  });

  it('gives directors time for draining in addition to the deadline', async () => {
    const busy = fleet.agent('lb1').director;
    const { converge } = busy;
    busy.converge = async () => ({ kind: 'locked', reason: 'it drains' });
    await fleet.start(2, { options: { deadline: 20, drain: 100 } });
    const begun = fleet.time;
    while (fleet.time < begun + 110_000) {
      const step = await fleet.step();
      assert.notEqual(step, 'end', `after ${fleet.time - begun} ms`);
      if (!step.startsWith('wait')) continue;
      await fleet.turns();
      fleet.time += 1000;
    }
    busy.converge = converge;
    assert.equal((await fleet.run()).state, 'done');
    busy.converge = async () => ({ kind: 'locked', reason: 'it drains' });
    await publishRules(fleet.store, rulesFor(3));
    await fleet.start(3, { options: { deadline: 20, drain: 100 } });
    assert.equal((await fleet.run()).reason, 'lb1: not converged within 120 s');
  });

  it('halts if the kernel of the canary refuses the rules, and changes no other director', async () => {
    fleet.agent('lb1').director.refuses = () => 'No such scheduler';
    await fleet.start(2);
    const { state, reason } = await fleet.run();
    assert.deepEqual([state, reason], ['halted', 'lb1: No such scheduler']);
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 1, lb4: 1, lb5: 1 });
    assert.equal(fleet.agent('lb1').director.rules(), rulesFor(1));
    const { changes } = fleet.agent('lb1').director;
    await fleet.turns();
    assert.equal(fleet.agent('lb1').director.changes, changes, 'a refused revision is not retried');
  });

  it('halts if directors do not trust the store', async () => {
    await fleet.start(2);
    while ((await readFleet(fleet.store, keys)).targets.get('lb1')?.content.revision !== 2)
      if ((await fleet.step()).startsWith('wait')) await fleet.turns();
    fleet.store.cluster = 'other';
    const { state, reason } = await fleet.run();
    assert.equal(state, 'halted');
    assert.match(`${reason}`, /^lb1: the store is cluster other, not /);
  });

  it('continues as long as no more directors have failed than allowed', async () => {
    fleet.agent('lb1').director.refuses = () => 'no';
    await fleet.start(2, { options: { maxFailures: 1 } });
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('halts at a new finding, but not at one from before', async () => {
    fleet.agent('lb1').director.problems = [{ problem: '3 services have no address', services: 3 }];
    await fleet.turns();
    await fleet.start(2);
    await fleet.step();
    await fleet.turns();
    await fleet.step();
    fleet.agent('lb1').director.problems = [{ problem: '2 services have no address', services: 2 }];
    fleet.agent('lb2').director.problems = [{ problem: 'no route to 10.0.0.2', services: 1 }];
    const { state, failed } = await fleet.run();
    assert.equal(state, 'halted');
    assert.deepEqual(failed, { lb2: 'new finding: no route to 10.0.0.2' });
  });

  it('halts if the check command fails', async () => {
    fleet.judge = (directors) => (directors.includes('lb2') ? 'curl: 500' : undefined);
    await fleet.start(2, { options: { check: true } });
    const { state, reason } = await fleet.run();
    assert.deepEqual([state, reason], ['halted', 'curl: 500']);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 2, lb4: 1, lb5: 1 });
  });

  it('bakes each wave, and halts if a director drifts meanwhile', async () => {
    await fleet.start(2, { options: { bake: 30, deadline: 20 } });
    const begun = fleet.time;
    for (;;) {
      const step = await fleet.step();
      if (step.includes('bake')) break;
      await fleet.turns();
    }
    fleet.agent('lb1').director.setRules(rulesFor(3));
    const { state, failed } = await fleet.run();
    assert.deepEqual([state, Object.keys(failed)], ['halted', ['lb1']]);
    assert.ok(fleet.time - begun >= 20_000);
  });

  it('halts with a short reason for hundreds of offline directors, or reasons of any length', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `director-fra-${index}`);
    fleet = new SimulatedFleet(new InterceptedStore(), many);
    await publishRules(fleet.store, rulesFor(1));
    await fleet.turns();
    await fleet.store.commit({ compares: [], puts: [], deletes: [keys.alive] });
    await fleet.start(1, { options: { offline: 'fail' } });
    const { state, reason, failed } = await fleet.run(many);
    assert.deepEqual(
      [state, reason, Object.keys(failed).length],
      ['halted', 'director-fra-0: offline; 299 more failed', 300],
    );
    fleet = await SimulatedFleet.withFirstRevision(names);
    for (const name of names) fleet.agent(name).director.refuses = () => 'x'.repeat(5000);
    await fleet.start(2, { canary: 0, waves: '100%' });
    const long = await fleet.run();
    assert.deepEqual([long.state, long.failed.lb1?.length], ['halted', 300]);
    assert.match(long.reason ?? '', /^lb1: x+; 4 more failed$/);
  });
});
