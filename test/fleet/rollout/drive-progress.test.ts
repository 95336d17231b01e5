import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';
import { driveSimulated } from './drive-simulated.ts';
import { names } from './five-directors.ts';

let fleet: SimulatedFleet;

describe('the driver of a rollout, in progress', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
  });

  it('completes the rollout, after it has asked about all plans', async () => {
    const { id } = await fleet.start(2, { holder: 'me' });
    const stop = new AbortController();
    const agents = (async () => {
      while (!stop.signal.aborted) {
        await fleet.turns();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const asked: string[] = [];
    const end = await driveSimulated(fleet, id, {
      ask: async ({ reports }) => {
        asked.push(...reports.keys());
        return true;
      },
    });
    stop.abort();
    await agents;
    assert.equal(end.kind === 'ended' && end.rollout.state, 'done');
    assert.deepEqual(asked, names);
  });

  it('updates no director once it was stopped, though the store is reachable again', async () => {
    const { id } = await fleet.start(2, { holder: 'me' });
    const stop = new AbortController();
    while ((await fleet.step('me')) !== 'ask') await fleet.turns();
    const end = driveSimulated(fleet, id, {
      stop: stop.signal,
      onUnreachable: () => {
        stop.abort();
        fleet.store.failure = undefined;
      },
    });
    fleet.store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
    assert.equal((await end.catch(() => undefined))?.kind, 'left');
    const { targets } = await readFleet(fleet.store, keys);
    assert.ok([...targets.values()].every(({ content }) => content.revision === 1));
  });

  it('bakes for the whole time besides an outage, and accepts findings from before the answer', async () => {
    const { id } = await fleet.start(2, { holder: 'me', canary: 0, waves: '100%', options: { bake: 10 } });
    fleet.agent('lb2').director.problems = [];
    let awaySince = 0;
    let isBack = false;
    const end = driveSimulated(fleet, id, {
      ask: async () => {
        fleet.agent('lb2').director.problems = [{ problem: 'no route to 10.0.0.2', services: 1 }];
        await fleet.agent('lb2').turn();
        return true;
      },
      show: (_, { bakingSince }) => {
        if (bakingSince === undefined || awaySince > 0) return;
        awaySince = fleet.time;
        fleet.store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
      },
      onUnreachable: () => {
        fleet.time += 600_000;
        fleet.store.failure = undefined;
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

  it('writes the targets of many directors without reading the fleet in between', async () => {
    const many = Array.from({ length: 250 }, (_, index) => `lb${index}`);
    fleet = new SimulatedFleet(new InterceptedStore(), many);
    await publishRules(fleet.store, rulesFor(1));
    await fleet.turns();
    const { id } = await fleet.start(1, { holder: 'me', canary: 0, waves: '100%' });
    const events: string[] = [];
    const read = fleet.store.read.bind(fleet.store);
    fleet.store.read = (path) => {
      if (path === keys.state) events.push('look');
      return read(path);
    };
    fleet.store.intercept = ({ puts }, commit) => {
      const targets = puts.filter(({ key }) => key.startsWith(keys.targets)).length;
      if (targets > 0) events.push(`tell ${targets}`);
      return commit();
    };
    const end = driveSimulated(fleet, id);
    const isOver = end.then(() => true);
    while (!(await Promise.race([isOver, sleep(10)]))) await fleet.turns();
    const ended = await end;
    assert.equal(ended.kind === 'ended' && ended.rollout.state, 'done');
    const targeting = events.join(', ').match(/look, tell 100, tell 100, tell 50/g);
    assert.equal(targeting?.length, 2, 'once for plans, and once for the revision');
  });
});
