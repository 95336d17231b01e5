import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { abortRollout } from '../../../src/fleet/rollout/control.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { names } from './five-directors.ts';

let fleet: SimulatedFleet;

describe('a rollout', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
  });

  it('updates all directors, wave by wave', async () => {
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

  it('requests the plan of every director before it changes any', async () => {
    await fleet.start(2);
    for (const name of names) await fleet.agent(name).turn();
    assert.equal(await fleet.step(), 'commit');
    await fleet.turns();
    assert.equal(await fleet.step(), 'ask');
    const { reports } = await readFleet(fleet.store, keys);
    assert.deepEqual(
      names.map((name) => reports.get(name)?.content.plan?.excerpt),
      names.map(() => ['-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1']),
    );
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 1, lb4: 1, lb5: 1 });
  });

  it('ignores plans that another rollout has requested', async () => {
    await fleet.start(2);
    await fleet.untilAsked();
    await fleet.abort();
    fleet.agent('lb2').director.setRules(rulesFor(4));
    await fleet.start(2);
    assert.equal(await fleet.step(), 'commit', 'their plans are requested');
    assert.match(await fleet.step(), /^wait for the plan of lb1/);
    await fleet.turns();
    assert.equal(await fleet.step(), 'ask');
    const { reports } = await readFleet(fleet.store, keys);
    assert.deepEqual(
      names.map((name) => reports.get(name)?.content.plan?.commands),
      [1, 2, 1, 1, 1],
    );
  });

  it('requests a plan again if the target is lost meanwhile', async () => {
    await fleet.start(2);
    await fleet.step();
    await fleet.store.commit({ compares: [], puts: [], deletes: [keys.target('lb3')] });
    assert.equal(await fleet.step(), 'commit');
    await fleet.turns();
    assert.equal(await fleet.step(), 'ask');
  });

  it('corrects drift if it is one of the revision that is applied already', async () => {
    fleet.agent('lb2').director.setRules(rulesFor(4));
    await fleet.turns();
    await fleet.start(1);
    assert.equal((await fleet.run()).state, 'done');
    for (const { director } of fleet.agents.values()) assert.equal(director.rules(), rulesFor(1));
  });

  it('excludes other rollouts until it is over', async () => {
    await fleet.start(2);
    await assert.rejects(fleet.start(2), /the rollout of revision 2, started by driver at \S+, is active/);
    await abortRollout(fleet.store, keys, { holder: 'other', now: fleet.time });
    await fleet.start(2);
  });

  it('updates directors named like inherited properties', async () => {
    const inherited = ['constructor', 'toString', 'valueOf'];
    fleet = await SimulatedFleet.withFirstRevision(inherited);
    await fleet.group('constructor', 'pair');
    await fleet.start(2);
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { constructor: 2, toString: 2, valueOf: 2 });
  });
});
