import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { advance } from '../../../src/fleet/rollout/advance.ts';
import { abortRollout, pauseRollout, resumeRollout } from '../../../src/fleet/rollout/control.ts';
import { drive } from '../../../src/fleet/rollout/drive.ts';
import { divide, parseWaves } from '../../../src/fleet/rollout/waves.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { changeSettings, forgetDirector } from '../../../src/fleet/status/settings.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

const names = ['lb1', 'lb2', 'lb3', 'lb4', 'lb5'];

let store: InterceptedStore;
let fleet: SimulatedFleet;

describe('waves', () => {
  it('are numbers and shares, and end with all', () => {
    assert.deepEqual(parseWaves('1, 50%,100%'), [{ count: 1 }, { percent: 50 }, { percent: 100 }]);
    assert.deepEqual(parseWaves('150,100%'), [{ count: 150 }, { percent: 100 }]);
    for (const wrong of ['', '50%', '0,100%', '101%', 'x,100%', '-1,100%'])
      assert.throws(() => parseWaves(wrong), /illegal wave|the last wave must be 100%/);
  });

  it('grow', () => {
    for (const wrong of ['75%,10%,100%', '3,1,100%', '2,2,100%', '100%,100%', '75%,5,10%,100%'])
      assert.throws(() => parseWaves(wrong), /^FleetError: waves grow, and \d+%? comes after \d+%?: /);
    assert.equal(parseWaves('5,10%,6,100%').length, 4, 'what comes first depends on the fleet');
  });

  it('begin with the canary, and leave out those that add nobody', () => {
    assert.deepEqual(
      divide(names, 1, parseWaves('10%,50%,100%'), () => undefined),
      [[['lb1']], [['lb2', 'lb3']], [['lb4', 'lb5']]],
    );
  });

  it('give two of one group different turns', () => {
    const group = (name: string) => (name === 'lb5' ? undefined : name < 'lb3' ? 'a' : 'b');
    assert.deepEqual(divide(names, 0, parseWaves('100%'), group), [
      [
        ['lb1', 'lb3', 'lb5'],
        ['lb2', 'lb4'],
      ],
    ]);
  });
});

describe('a rollout', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
    store = fleet.store;
  });

  it('bakes anew, and not for an hour, where the clock of the driver before was an hour ahead', async () => {
    fleet.time += 3600_000;
    await fleet.start(2, { waves: '100%', canary: 0, options: { bake: 30 } });
    for (let round = 0; (await fleet.rollout()).bakingSince === undefined; round++) {
      assert.ok(round < 50, 'it does not come to baking');
      if ((await fleet.step()).startsWith('wait')) await fleet.turns();
    }
    fleet.time -= 3600_000;
    const set = fleet.time;
    assert.equal((await fleet.run()).state, 'done');
    assert.ok(fleet.time - set >= 30_000 && fleet.time - set < 60_000);
  });

  it('brings all directors to the revision, wave by wave', async () => {
    await fleet.start(2);
    const seen = new Set<string>();
    for (let round = 0; round < 60; round++) {
      if ((await fleet.step()) === 'end') break;
      await fleet.turns();
      seen.add(names.map((name) => fleet.agent(name).report?.applied?.revision).join(''));
    }
    assert.equal((await fleet.rollout()).state, 'done');
    assert.deepEqual([...seen], ['11111', '21111', '22211', '22222']);
    for (const { director } of fleet.agents.values()) assert.equal(director.rules(), rulesFor(2));
  });

  it('asks every director for its plan before it changes any', async () => {
    await fleet.start(2);
    for (const name of names) await fleet.agent(name).turn();
    assert.equal(await fleet.step(), 'commit');
    await fleet.turns();
    assert.equal(await fleet.step(), 'ask');
    const { reports } = await readFleet(store, keys);
    assert.deepEqual(
      names.map((name) => reports.get(name)?.content.plan?.excerpt),
      names.map(() => ['-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1']),
    );
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 1, lb4: 1, lb5: 1 });
  });

  it('shows no plan that another rollout has asked for', async () => {
    await fleet.start(2);
    while ((await fleet.step()) !== 'ask') await fleet.turns();
    await abortRollout(store, keys, { holder: 'driver', now: fleet.time });
    fleet.agent('lb2').director.setRules(rulesFor(4));
    await fleet.start(2);
    assert.equal(await fleet.step(), 'commit', 'they are asked');
    assert.match(await fleet.step(), /^wait for the plan of lb1/);
    await fleet.turns();
    assert.equal(await fleet.step(), 'ask');
    const { reports } = await readFleet(store, keys);
    assert.deepEqual(
      names.map((name) => reports.get(name)?.content.plan?.commands),
      [1, 2, 1, 1, 1],
    );
  });

  it('asks again whose target is lost meanwhile', async () => {
    await fleet.start(2);
    await fleet.step();
    await store.commit({ compares: [], puts: [], deletes: [keys.target('lb3')] });
    assert.equal(await fleet.step(), 'commit');
    await fleet.turns();
    assert.equal(await fleet.step(), 'ask');
  });

  it('puts right what somebody has changed, where it is one of the revision that is there', async () => {
    fleet.agent('lb2').director.setRules(rulesFor(4));
    await fleet.turns();
    await fleet.start(1);
    assert.equal((await fleet.run()).state, 'done');
    for (const { director } of fleet.agents.values()) assert.equal(director.rules(), rulesFor(1));
  });

  it('gives directors the time for draining beside that for converging', async () => {
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
    await publishRules(store, rulesFor(3));
    await fleet.start(3, { options: { deadline: 20, drain: 100 } });
    assert.equal((await fleet.run()).reason, 'lb1: not converged within 120 s');
  });

  it('halts where the kernel of the canary refuses, and nothing else changes', async () => {
    fleet.agent('lb1').director.refuses = () => 'No such scheduler';
    await fleet.start(2);
    const { state, reason } = await fleet.run();
    assert.deepEqual([state, reason], ['halted', 'lb1: No such scheduler']);
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 1, lb4: 1, lb5: 1 });
    assert.equal(fleet.agent('lb1').director.rules(), rulesFor(1));
    const { changes } = fleet.agent('lb1').director;
    await fleet.turns();
    assert.equal(fleet.agent('lb1').director.changes, changes, 'a refused revision is not tried again');
  });

  it('halts where directors do not obey the store, which names no revision as the reason', async () => {
    await fleet.start(2);
    while ((await readFleet(store, keys)).targets.get('lb1')?.content.revision !== 2)
      if ((await fleet.step()).startsWith('wait')) await fleet.turns();
    store.cluster = 'other';
    const { state, reason } = await fleet.run();
    assert.equal(state, 'halted');
    assert.match(`${reason}`, /^lb1: the store is cluster other, not /);
  });

  it('goes on without as many failures as it may have', async () => {
    fleet.agent('lb1').director.refuses = () => 'no';
    await fleet.start(2, { options: { maxFailures: 1 } });
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('halts at a new finding, but not at one that was there', async () => {
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

  it('halts where the command that judges says so', async () => {
    fleet.judge = (directors) => (directors.includes('lb2') ? 'curl: 500' : undefined);
    await fleet.start(2, { options: { check: true } });
    const { state, reason } = await fleet.run();
    assert.deepEqual([state, reason], ['halted', 'curl: 500']);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 2, lb4: 1, lb5: 1 });
  });

  it('bakes each wave, and fails a director that drifts meanwhile', async () => {
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

  it('waits for a director that goes offline after it has converged, and halts where it stays offline', async () => {
    for (const bake of [0, 30]) {
      for (const returns of [true, false]) {
        fleet = await SimulatedFleet.withFirstRevision(names);
        store = fleet.store;
        await fleet.start(2, { canary: 2, options: { bake, deadline: 60, offline: 'skip' } });
        while ((await fleet.step()) !== 'ask') await fleet.turns();
        await fleet.step();
        await fleet.turns(bake > 0 ? [] : ['lb2']);
        if (bake > 0) while (!(await fleet.step()).includes('bake'));
        await store.commit({ compares: [], puts: [], deletes: [keys.presence('lb1')] });
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

  it('leaves the other director of a pair alone where the first goes offline with the new rules', async () => {
    for (const name of names) await fleet.group(name, name < 'lb3' ? 'pair' : name);
    await fleet.start(2, { canary: 0, waves: '100%', options: { maxFailures: 1 } });
    while ((await fleet.step()) !== 'ask') await fleet.turns();
    await fleet.step();
    await fleet.turns();
    await store.commit({ compares: [], puts: [], deletes: [keys.presence('lb1')] });
    const { state, skipped } = await fleet.run(['lb1']);
    assert.deepEqual([state, Object.keys(skipped)], ['done', ['lb2']]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 1, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('looks without hurry for a director that is away when its time is over', async () => {
    await store.commit({ compares: [], puts: [], deletes: [keys.presence('lb1')] });
    await fleet.start(2, { options: { deadline: 10 } });
    while ((await fleet.step()) !== 'ask') {
      await fleet.turns();
    }
    await store.commit({ compares: [], puts: [], deletes: [keys.presence('lb1')] });
    fleet.time += 60_000;
    const state = await readFleet(store, keys);
    assert.ok(state.rollout);
    const step = advance(state, state.rollout.content, fleet.time);
    assert.deepEqual(step, {
      act: 'wait',
      for: 'lb1: offline',
      milliseconds: 10_000,
    });
  });

  it('waits for, leaves out, or fails a director that is away', async () => {
    const away = async () => store.commit({ compares: [], puts: [], deletes: [keys.presence('lb3')] });
    await away();
    await fleet.start(2, { options: { offline: 'skip' } });
    const skipping = await fleet.run(['lb3']);
    assert.deepEqual([skipping.state, skipping.skipped], ['done', { lb3: 'offline' }]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1, lb4: 2, lb5: 2 });
    await publishRules(store, rulesFor(3));
    await fleet.start(3, { options: { offline: 'fail' } });
    const failing = await fleet.run(['lb3']);
    assert.deepEqual([failing.state, failing.reason], ['halted', 'lb3: offline']);
    await abortRollout(store, keys, { holder: 'driver', now: fleet.time });
    await fleet.start(3);
    const waiting = await fleet.run(['lb3']);
    assert.equal(waiting.phase, 'preview');
    await fleet.agent('lb3').turn();
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { lb1: 3, lb2: 3, lb3: 3, lb4: 3, lb5: 3 });
  });

  it('never has two of one group in change, and leaves the mate of one that failed alone', async () => {
    await fleet.group('lb1', 'pair');
    await fleet.group('lb2', 'pair');
    fleet.agent('lb1').director.refuses = () => 'no';
    await fleet.start(2, { canary: 0, waves: '100%', options: { maxFailures: 1 } });
    const { state, skipped } = await fleet.run();
    assert.deepEqual([state, skipped], ['done', { lb2: 'lb1 of its group failed' }]);
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('is the only one, until it is over', async () => {
    await fleet.start(2);
    await assert.rejects(fleet.start(2), /the rollout of revision 2, started by driver at \S+, is active/);
    await abortRollout(store, keys, { holder: 'other', now: fleet.time });
    await fleet.start(2);
  });

  it('stops where it is paused, and goes on with whoever resumes it', async () => {
    await fleet.start(2);
    while (fleet.applied().lb1 !== 2) {
      await fleet.step();
      await fleet.turns();
    }
    await pauseRollout(store, keys, { holder: 'bob', now: fleet.time });
    assert.equal(await fleet.step(), 'taken over');
    assert.equal(await fleet.step('bob'), 'end');
    assert.equal((await readFleet(store, keys)).targets.get('lb2')?.content.revision, 1);
    await resumeRollout(store, keys, { holder: 'carol', now: fleet.time });
    assert.equal((await fleet.run([], 'carol')).state, 'done');
    await assert.rejects(
      pauseRollout(store, keys, { holder: 'bob', now: fleet.time }),
      /no rollout is in progress/,
    );
  });

  it('goes on without those that failed when it is resumed after a halt', async () => {
    fleet.agent('lb1').director.refuses = () => 'no';
    await fleet.start(2);
    assert.equal((await fleet.run()).state, 'halted');
    await resumeRollout(store, keys, { holder: 'driver', now: fleet.time });
    const { state, failed, skipped } = await fleet.run();
    assert.deepEqual([state, failed, skipped], ['done', { lb1: 'no' }, {}]);
  });

  it('leaves the mate of a failed director alone, however often it is resumed', async () => {
    for (const name of ['lb1', 'lb3']) await fleet.group(name, 'pair');
    fleet.agent('lb1').director.refuses = () => 'no';
    fleet.agent('lb4').director.refuses = () => 'nor here';
    await fleet.start(2);
    assert.equal((await fleet.run()).reason, 'lb1: no');
    await resumeRollout(store, keys, { holder: 'driver', now: fleet.time });
    const again = await fleet.run();
    assert.deepEqual([again.state, again.reason], ['halted', 'lb4: nor here']);
    await resumeRollout(store, keys, { holder: 'driver', now: fleet.time });
    const { state, failed, skipped } = await fleet.run();
    assert.deepEqual(
      [state, failed, skipped],
      ['done', { lb1: 'no', lb4: 'nor here' }, { lb3: 'lb1 of its group failed' }],
    );
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 2, lb3: 1, lb4: 1, lb5: 2 });
  });

  it('counts failures on when it is paused or its driver killed, and resumed', async () => {
    for (const name of ['lb1', 'lb2']) fleet.agent(name).director.refuses = () => 'no';
    await fleet.start(2, { options: { maxFailures: 1 } });
    while (Object.keys((await fleet.rollout()).failed).length === 0) {
      await fleet.step();
      await fleet.turns();
    }
    await resumeRollout(store, keys, { holder: 'driver', now: fleet.time });
    const { state, failed, reason } = await fleet.run();
    assert.deepEqual([state, failed, reason], ['halted', { lb1: 'no', lb2: 'no' }, 'lb2: no']);
  });

  it('is judged by the command that resume brings, and not resumed without one that it had', async () => {
    await fleet.start(2);
    await pauseRollout(store, keys, { holder: 'driver', now: fleet.time });
    await resumeRollout(store, keys, { holder: 'driver', now: fleet.time, hasCheck: true });
    fleet.judge = () => 'curl: 500';
    assert.equal((await fleet.run()).reason, 'curl: 500');
    await assert.rejects(
      resumeRollout(store, keys, { holder: 'driver', now: fleet.time }),
      /this rollout has a check command: give it again with --check/,
    );
  });

  it('resumes only the rollout that was looked at', async () => {
    await fleet.start(2);
    await assert.rejects(
      resumeRollout(store, keys, { id: 'another', holder: 'driver', now: fleet.time }),
      /driver has changed the rollout meanwhile/,
    );
  });

  it('bakes anew when it is resumed, wherever the clock of the new driver stands, and checks again', async () => {
    for (const ahead of [700_000, -700_000, 0]) {
      await fleet.start(2, { waves: '100%', canary: 0, options: { bake: 600, check: true } });
      while ((await fleet.rollout()).bakingSince === undefined)
        if ((await fleet.step()).startsWith('wait')) await fleet.turns();
      fleet.time += ahead;
      await resumeRollout(store, keys, { holder: 'driver', now: fleet.time, hasCheck: true });
      const resumed = fleet.time;
      assert.equal((await fleet.run()).phase, 'waves');
      while ((await fleet.rollout()).state === 'active') await fleet.run();
      assert.ok(fleet.time - resumed >= 600_000 && fleet.time - resumed < 640_000, `${fleet.time - resumed}`);
    }
  });

  it('keeps names apart that every object has', async () => {
    const odd = ['constructor', 'toString', 'valueOf'];
    fleet = await SimulatedFleet.withFirstRevision(odd);
    await fleet.group('constructor', 'pair');
    await fleet.start(2);
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { constructor: 2, toString: 2, valueOf: 2 });
  });

  it('is halted by hundreds of directors that are away, and by reasons of any length', async () => {
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

  it('leaves out who is held while the plans are awaited', async () => {
    await store.commit({ compares: [], puts: [], deletes: [keys.presence('lb3')] });
    await fleet.start(2);
    await fleet.run(['lb3']);
    assert.match(await fleet.step(), /^wait for the plan of lb3: offline \(/);
    await assert.rejects(forgetDirector(store, keys, 'lb3'), /hold lb3 to continue it without this director/);
    await changeSettings(store, keys, 'lb3', (settings) => ({
      ...settings,
      held: { by: 'ann', since: '2026-11-28T22:00:00.000Z', reason: 'dead' },
    }));
    const { state, skipped } = await fleet.run(['lb3']);
    assert.deepEqual([state, skipped], ['done', { lb3: 'on hold by ann' }]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1, lb4: 2, lb5: 2 });
  });

  it('tells no two of a group that was set after it had begun', async () => {
    await fleet.start(2, { canary: 1, waves: '100%' });
    while (fleet.applied().lb1 !== 2) {
      await fleet.step();
      await fleet.turns();
    }
    for (const name of ['lb2', 'lb3', 'lb4']) await fleet.group(name, 'late');
    const seen = new Set<string>();
    for (let round = 0; (await fleet.step()) !== 'end'; round++) {
      assert.ok(round < 60);
      const { targets } = await readFleet(store, keys);
      seen.add(names.map((name) => targets.get(name)?.content.revision).join(''));
      if (round % 3 === 2) await fleet.turns();
    }
    assert.deepEqual([...seen], ['21111', '22112', '22212', '22222']);
  });

  it('sets no target by a group or hold that changes at that very moment', async () => {
    await fleet.start(2, { canary: 0, waves: '100%' });
    while ((await fleet.step()) !== 'ask') await fleet.turns();
    store.intercept = async (_, commit) => {
      store.intercept = (__, next) => next();
      for (const name of ['lb1', 'lb2']) await changeSettings(store, keys, name, () => ({ group: 'late' }));
      return commit();
    };
    await fleet.step();
    assert.equal(await fleet.step(), 'commit');
    const { targets } = await readFleet(store, keys);
    assert.deepEqual(
      names.map((name) => targets.get(name)?.content.revision),
      [2, 1, 2, 2, 2],
    );
  });

  it('waits for the mate that an earlier rollout has left in the middle of a change', async () => {
    for (const name of ['lb1', 'lb2']) await fleet.group(name, 'pair');
    await fleet.start(2);
    while ((await readFleet(store, keys)).targets.get('lb1')?.content.revision !== 2) {
      await fleet.step();
      await fleet.turns(['lb1']);
      if ((await fleet.rollout()).phase === 'preview') await fleet.agent('lb1').turn();
    }
    await abortRollout(store, keys, { holder: 'driver', now: fleet.time });
    await changeSettings(store, keys, 'lb1', (settings) => ({
      ...settings,
      held: { by: 'ann', since: '2026-11-28T22:00:00.000Z', reason: '' },
    }));
    await fleet.start(2);
    await fleet.run(['lb1']);
    assert.match(await fleet.step(), /^wait for lb1 to converge, as lb2 is of its group/);
    await fleet.agent('lb1').turn();
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('confirms each wave, whose directors would go back otherwise', async () => {
    await fleet.start(2, { options: { confirm: 100 } });
    assert.equal((await fleet.run()).state, 'done');
    fleet.time += 200_000;
    await fleet.turns();
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('lets directors go back by themselves when its driver is gone, store or not', async () => {
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

  it('renews the time to confirm while a wave converges and bakes, whatever these take', async () => {
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

  it('confirms a wave though a renewal is unreadable, and writes another one', async () => {
    await fleet.start(2, { options: { confirm: 30, bake: 20 } });
    while (fleet.applied().lb1 !== 2) {
      await fleet.step();
      await fleet.turns();
    }
    await store.commit({ compares: [], puts: [{ key: keys.renewal, value: Buffer.from('x') }] });
    await fleet.turns();
    const { state, failed } = await fleet.run();
    assert.deepEqual([state, failed], ['done', {}]);
    assert.equal((await readFleet(store, keys)).renewal?.content.wave, 2);
  });

  it('renews it for the wave that is judged only, and not for a director that has failed', async () => {
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

  it('keeps what directors were told where it is aborted, though nobody has judged it', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `lb${index}`);
    fleet = await SimulatedFleet.withFirstRevision(many);
    store = fleet.store;
    await fleet.start(2, { canary: 0, waves: '100%', options: { confirm: 30, bake: 60 } });
    while (!(await fleet.step()).includes('bake')) await fleet.turns();
    store.intercept = async ({ puts }, commit) => {
      if (puts.some(({ key }) => key.startsWith(keys.targets)))
        throw new StoreError('unreachable', 'memory', '');
      return commit();
    };
    const by = { holder: 'ann', now: fleet.time };
    await assert.rejects(abortRollout(store, keys, by), StoreError);
    store.intercept = (_, commit) => commit();
    assert.equal((await abortRollout(store, keys, by)).state, 'aborted', 'it can be finished');
    await assert.rejects(abortRollout(store, keys, by), /no rollout is in progress/);
    fleet.time += 31_000;
    await fleet.turns();
    for (const name of many) assert.equal(fleet.agent(name).director.rules(), rulesFor(2));
  });

  it('refuses a time to confirm in which directors could not be heard of', async () => {
    await assert.rejects(fleet.start(2, { options: { confirm: 9 } }), /--confirm 9s is shorter than 10s: /);
    await fleet.start(2, { options: { confirm: 10, bake: 600 } });
  });

  it('is driven to its end by the driver of the command', async () => {
    const { id } = await fleet.start(2, { holder: 'me' });
    const stop = new AbortController();
    const agents = (async () => {
      while (!stop.signal.aborted) {
        await fleet.turns();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const asked: string[] = [];
    const end = await drive({
      store,
      keys,
      id,
      holder: 'me',
      now: () => fleet.time,
      stop: new AbortController().signal,
      ask: async ({ reports }) => {
        asked.push(...reports.keys());
        return true;
      },
      check: async () => undefined,
      show: () => {},
      onUnreachable: () => {},
    });
    stop.abort();
    await agents;
    assert.equal(end.kind === 'ended' && end.rollout.state, 'done');
    assert.deepEqual(asked, names);
  });

  it('tells nobody after its driver was told to end, though the store is there again', async () => {
    const { id } = await fleet.start(2, { holder: 'me' });
    const stop = new AbortController();
    while ((await fleet.step('me')) !== 'ask') await fleet.turns();
    const end = drive({
      ...{ store, keys, id, holder: 'me', now: () => fleet.time, stop: stop.signal },
      ask: async () => true,
      check: async () => undefined,
      show: () => {},
      onUnreachable: () => {
        stop.abort();
        store.failure = undefined;
      },
    });
    store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
    assert.equal((await end.catch(() => undefined))?.kind, 'left');
    const { targets } = await readFleet(store, keys);
    assert.ok([...targets.values()].every(({ content }) => content.revision === 1));
  });

  it('bakes for its whole time beside that in which the store was away, and takes the findings of the moment of the answer', async () => {
    const { id } = await fleet.start(2, { holder: 'me', canary: 0, waves: '100%', options: { bake: 10 } });
    fleet.agent('lb2').director.problems = [];
    const driver = new AbortController();
    let awaySince = 0;
    let isBack = false;
    const end = drive({
      ...{ store, keys, id, holder: 'me', now: () => fleet.time, stop: driver.signal },
      ask: async () => {
        fleet.agent('lb2').director.problems = [{ problem: 'no route to 10.0.0.2', services: 1 }];
        await fleet.agent('lb2').turn();
        return true;
      },
      check: async () => undefined,
      show: (_, { bakingSince }) => {
        if (bakingSince === undefined || awaySince > 0) return;
        awaySince = fleet.time;
        store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
      },
      onUnreachable: () => {
        fleet.time += 600_000;
        store.failure = undefined;
        isBack = true;
      },
    });
    const isOver = end.then(() => true);
    while (!(await Promise.race([isOver, sleep(20)]))) {
      if (awaySince === 0 || isBack) await fleet.turns();
      if (isBack) fleet.time += 500;
    }
    const ended = await end;
    assert.equal(ended.kind === 'ended' && ended.rollout.state, 'done');
    assert.ok(fleet.time - awaySince >= 610_000, `${fleet.time - awaySince}`);
  });

  it('tells many directors without looking at all of them in between', async () => {
    const many = Array.from({ length: 250 }, (_, index) => `lb${index}`);
    store = new InterceptedStore();
    fleet = new SimulatedFleet(store, many);
    await publishRules(store, rulesFor(1));
    await fleet.turns();
    const { id } = await fleet.start(1, { holder: 'me', canary: 0, waves: '100%' });
    const events: string[] = [];
    const read = store.read.bind(store);
    store.read = (path) => {
      if (path === keys.state) events.push('look');
      return read(path);
    };
    store.intercept = ({ puts }, commit) => {
      const told = puts.filter(({ key }) => key.startsWith(keys.targets)).length;
      if (told > 0) events.push(`tell ${told}`);
      return commit();
    };
    const driver = new AbortController();
    const end = drive({
      ...{ store, keys, id, holder: 'me', now: () => fleet.time, stop: driver.signal },
      ask: async () => true,
      check: async () => undefined,
      show: () => {},
      onUnreachable: () => {},
    });
    const isOver = end.then(() => true);
    while (!(await Promise.race([isOver, sleep(10)]))) await fleet.turns();
    const ended = await end;
    assert.equal(ended.kind === 'ended' && ended.rollout.state, 'done');
    const telling = events.join(', ').match(/look, tell 100, tell 100, tell 50/g);
    assert.equal(telling?.length, 2, 'for plans, and for the revision');
  });
});
