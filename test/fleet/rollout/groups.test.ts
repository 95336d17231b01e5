import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { changeSettings } from '../../../src/fleet/status/settings.ts';
import { keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { names } from './five-directors.ts';

let fleet: SimulatedFleet;

describe('a rollout, with groups of directors', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
  });

  it('skips a director if the other one of its pair has gone offline with the new rules', async () => {
    for (const name of names) await fleet.group(name, name < 'lb3' ? 'pair' : name);
    await fleet.start(2, { canary: 0, waves: '100%', options: { maxFailures: 1 } });
    await fleet.untilAsked();
    await fleet.step();
    await fleet.turns();
    await fleet.goOffline('lb1');
    const { state, skipped } = await fleet.run(['lb1']);
    assert.deepEqual([state, Object.keys(skipped)], ['done', ['lb2']]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 1, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('never changes two directors of a group at once, and skips those of a group with a failure', async () => {
    await fleet.group('lb1', 'pair');
    await fleet.group('lb2', 'pair');
    fleet.agent('lb1').director.refuses = () => 'no';
    await fleet.start(2, { canary: 0, waves: '100%', options: { maxFailures: 1 } });
    const { state, skipped } = await fleet.run();
    assert.deepEqual([state, skipped], ['done', { lb2: 'lb1 of its group failed' }]);
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 2, lb4: 2, lb5: 2 });
  });

  it('skips directors of a group with a failure, however often it is resumed', async () => {
    for (const name of ['lb1', 'lb3']) await fleet.group(name, 'pair');
    fleet.agent('lb1').director.refuses = () => 'no';
    fleet.agent('lb4').director.refuses = () => 'nor here';
    await fleet.start(2);
    assert.equal((await fleet.run()).reason, 'lb1: no');
    await fleet.resume();
    const again = await fleet.run();
    assert.deepEqual([again.state, again.reason], ['halted', 'lb4: nor here']);
    await fleet.resume();
    const { state, failed, skipped } = await fleet.run();
    assert.deepEqual(
      [state, failed, skipped],
      ['done', { lb1: 'no', lb4: 'nor here' }, { lb3: 'lb1 of its group failed' }],
    );
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 2, lb3: 1, lb4: 1, lb5: 2 });
  });

  it('never changes two directors at once of a group that was set meanwhile', async () => {
    await fleet.start(2, { canary: 1, waves: '100%' });
    await fleet.untilApplied('lb1', 2);
    for (const name of ['lb2', 'lb3', 'lb4']) await fleet.group(name, 'late');
    const seen = new Set<string>();
    for (let round = 0; (await fleet.step()) !== 'end'; round++) {
      assert.ok(round < 60);
      const { targets } = await readFleet(fleet.store, keys);
      seen.add(names.map((name) => targets.get(name)?.content.revision).join(''));
      if (round % 3 === 2) await fleet.turns();
    }
    assert.deepEqual([...seen], ['21111', '22112', '22212', '22222']);
  });

  it('sets no target based on a group that changes at that very moment', async () => {
    await fleet.start(2, { canary: 0, waves: '100%' });
    await fleet.untilAsked();
    fleet.store.intercept = async (_, commit) => {
      fleet.store.intercept = (__, next) => next();
      for (const name of ['lb1', 'lb2'])
        await changeSettings(fleet.store, keys, name, () => ({ group: 'late' }));
      return commit();
    };
    await fleet.step();
    assert.equal(await fleet.step(), 'commit');
    const { targets } = await readFleet(fleet.store, keys);
    assert.deepEqual(
      names.map((name) => targets.get(name)?.content.revision),
      [2, 1, 2, 2, 2],
    );
  });

  it('waits for a director of the same group that an earlier rollout left in the middle of a change', async () => {
    for (const name of ['lb1', 'lb2']) await fleet.group(name, 'pair');
    await fleet.start(2);
    while ((await readFleet(fleet.store, keys)).targets.get('lb1')?.content.revision !== 2) {
      await fleet.step();
      await fleet.turns(['lb1']);
      if ((await fleet.rollout()).phase === 'preview') await fleet.agent('lb1').turn();
    }
    await fleet.abort();
    await fleet.hold('lb1');
    await fleet.start(2);
    await fleet.run(['lb1']);
    assert.match(await fleet.step(), /^wait for lb1 to converge, as lb2 is of its group/);
    await fleet.agent('lb1').turn();
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 2, lb4: 2, lb5: 2 });
  });
});
