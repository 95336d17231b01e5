import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { type Override, overrideDocument } from '../../../src/fleet/documents/operator.ts';
import { type Target, targetDocument } from '../../../src/fleet/documents/target.ts';
import { addOverride, removeOverride } from '../../../src/fleet/overrides/change.ts';
import { drainProgress } from '../../../src/fleet/overrides/progress.ts';
import { directorsOf } from '../../../src/fleet/status/director-status.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import type { InterceptedStore } from '../store/intercepted-store.ts';

const names = ['lb1', 'lb2'];
const mark: Override = { by: 'alice', since: '2026-11-28T22:00:00.000Z', reason: '' };

let fleet: SimulatedFleet;
let store: InterceptedStore;

const drain = (server: string) => addOverride(store, keys, server, mark);
const undrain = (server: string) => removeOverride(store, keys, server, mark);

async function progressOf(placed: Awaited<ReturnType<typeof drain>>) {
  return drainProgress(await readFleet(store, keys), placed);
}

async function presentOverrides(): Promise<string[]> {
  return (await store.read(keys.overrides)).entries.map(({ key }) => key.slice(keys.overrides.length));
}

async function remarksOf(name: string): Promise<string[]> {
  const found = directorsOf(await readFleet(store, keys)).find((one) => one.name === name);
  return found?.remarks.map(({ text }) => text) ?? [];
}

describe('draining a server on all directors', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
    store = fleet.store;
    await publishRules(store, rulesFor(2));
    await fleet.start(2, { waves: '100%' });
    await fleet.run();
  });

  it('leaves every service a server, even if several are drained at the same time', async () => {
    const results = await Promise.allSettled([drain('10.0.0.1'), drain('10.0.0.2')]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await presentOverrides()).length, 1);
    const [refused] = results.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    assert.match(refused ?? '', /is not drained: .* 0 of 2 servers/);
  });

  it('is retried after concurrent changes, but not endlessly', async () => {
    let others = 3;
    store.intercept = async (transaction, commit) => {
      if (transaction.compares.length > 0 && others-- > 0)
        await store.commit({
          compares: [],
          puts: [putDocument(keys.override('10.0.0.9'), overrideDocument, mark)],
        });
      return commit();
    };
    assert.equal((await drain('10.0.0.1')).server, '10.0.0.1');
    others = Number.POSITIVE_INFINITY;
    await undrain('10.0.0.1');
    await assert.rejects(drain('10.0.0.1'), /others keep draining servers/);
  });

  for (const isCarriedOut of [true, false]) {
    it(`is carried out, and ended, though an answer is lost (${isCarriedOut ? 'after' : 'before'} the change)`, async () => {
      store.loseAnswer(isCarriedOut);
      const placed = await drain('10.0.0.1');
      assert.deepEqual(await presentOverrides(), ['10.0.0.1']);
      await fleet.turns();
      assert.deepEqual((await progressOf(placed)).drained, names);
      store.loseAnswer(isCarriedOut);
      assert.deepEqual(await undrain('10.0.0.1'), { server: '10.0.0.1', covering: [] });
      assert.deepEqual(await presentOverrides(), []);
      await assert.rejects(undrain('10.0.0.1'), /is not drained/);
    });
  }

  it('is refused for a server of no revision, unless the store lacks a revision', async () => {
    await assert.rejects(drain('10.0.0.7'), /no director has the server 10\.0\.0\.7/);
    await store.commit({ compares: [], puts: [], deletes: [keys.log] });
    assert.equal((await drain('10.0.0.7')).server, '10.0.0.7');
  });

  it('is not refused for offline directors, or because of a damaged revision', async () => {
    const target: Target = { rollout: 'r9', revision: await publishRules(store, rulesFor(1)) };
    await store.commit({ compares: [], puts: [putDocument(keys.target('lb1'), targetDocument, target)] });
    await fleet.agent('lb1').turn();
    await assert.rejects(drain('10.0.0.1'), /10\.0\.0\.1 is not drained: .* 0 of 1 servers.*\(revision 3\)/);
    await fleet.goOffline('lb1');
    const placed = await drain('10.0.0.1');
    await fleet.agent('lb2').turn();
    assert.deepEqual(
      [(await progressOf(placed)).drained, (await progressOf(placed)).offline],
      [['lb2'], ['lb1']],
    );
    await fleet.agent('lb1').turn();
    assert.deepEqual([...(await progressOf(placed)).refused.values()], [['lb1']]);
    await assert.rejects(drain('10.0.0.7'), /no director has the server 10\.0\.0\.7/);
    const { entries } = await store.read(`${keys.root}contents/`);
    await store.commit({ compares: [], puts: [], deletes: entries.map(({ key }) => key) });
    await drain('10.0.0.2');
  });

  it('is not checked against another revision with the same number', async () => {
    await store.commit({ compares: [], puts: [], deletes: [keys.log] });
    for (const servers of [4, 1]) await publishRules(store, rulesFor(servers));
    const placed = await drain('10.0.0.2');
    await fleet.turns();
    assert.deepEqual((await progressOf(placed)).drained, names);
  });

  it('is answered by each director', async () => {
    const placed = await drain('10.0.0.1');
    assert.deepEqual((await progressOf(placed)).unanswered, names);
    await fleet.turns(['lb2']);
    const { drained, unanswered, servers, refused } = await progressOf(placed);
    assert.deepEqual([drained, unanswered, servers, [...refused]], [['lb1'], ['lb2'], 1, []]);
    await fleet.turns();
    await undrain('10.0.0.1');
    const again = await drain('10.0.0.1');
    assert.deepEqual((await progressOf(again)).unanswered, names, 'the answers belong to the previous order');
    await fleet.turns();
    assert.deepEqual((await progressOf(again)).drained, names);
  });

  it('neither waits for directors without a revision, nor counts them as refusing', async () => {
    const fresh = new SimulatedFleet(store, ['lb9']);
    const placed = await drain('10.0.0.1');
    await fresh.turns();
    await fleet.turns();
    const { drained, unanswered, offline, refused, unmanaged } = await progressOf(placed);
    assert.deepEqual([drained, unanswered, offline, [...refused], unmanaged], [names, [], [], [], ['lb9']]);
    assert.deepEqual(await remarksOf('lb9'), ['left behind: the target of others is revision 2']);
    await store.commit({ compares: [], puts: [], deletes: [keys.presence('lb9'), keys.presence('lb2')] });
    assert.deepEqual(
      [(await progressOf(placed)).offline, (await progressOf(placed)).unmanaged],
      [['lb2'], ['lb9']],
    );
  });

  it('is refused by directors that do not trust the store, unless they had drained the server before', async () => {
    await drain('10.0.0.1');
    await fleet.turns();
    const backup = store.backup();
    await undrain('10.0.0.1');
    await fleet.turns(['lb2']);
    store.restore(backup);
    await fleet.turns();
    const fleetNow = await readFleet(store, keys);
    const modRevision = fleetNow.overrides.get('10.0.0.1')?.modRevision ?? 0n;
    const { drained, refused } = await progressOf({ server: '10.0.0.1', modRevision });
    assert.deepEqual(drained, ['lb2']);
    assert.deepEqual([...refused.values()], [['lb1']]);
    assert.match([...refused.keys()][0] ?? '', /accept it with --accept-store/);
  });
});

describe('putting a server back into service', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
    store = fleet.store;
    await fleet.start(2, { waves: '100%' });
    await fleet.run();
  });

  it('reports other drains of the same server', async () => {
    for (const server of ['10.0.0.1', '10.0.0.1:80', '10.0.0.1:443']) {
      const puts = [putDocument(keys.override(server), overrideDocument, mark)];
      await store.commit({ compares: [], puts });
    }
    assert.deepEqual((await undrain('10.0.0.1:80')).covering, ['10.0.0.1']);
    await assert.rejects(undrain('10.0.0.1:80'), /10\.0\.0\.1:80 is not drained, but 10\.0\.0\.1 is$/);
    assert.deepEqual((await undrain('10.0.0.1')).covering, ['10.0.0.1:443']);
    assert.deepEqual((await undrain('10.0.0.1:443')).covering, []);
    await assert.rejects(undrain('10.0.0.1'), /^FleetError: 10\.0\.0\.1 is not drained$/);
  });

  it('reaches directors that keep it drained by order of a lost store', async () => {
    const backup = store.backup();
    await drain('10.0.0.1');
    await fleet.turns();
    store.restore(backup);
    await fleet.turns();
    assert.match((await remarksOf('lb1')).join('\n'), /10\.0\.0\.1 is drained here, but not in the store/);
    for (const name of names) fleet.agent(name).accept();
    await fleet.turns();
    assert.equal(fleet.agent('lb1').director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0);
    assert.deepEqual(await remarksOf('lb1'), [
      '10.0.0.1 is drained here, but not in the store: drain or undrain it',
    ]);
    await undrain('10.0.0.1');
    assert.deepEqual(await presentOverrides(), ['10.0.0.1'], 'the store keeps the end of the override');
    assert.equal((await readFleet(store, keys)).overrides.size, 0);
    await fleet.turns();
    assert.equal(fleet.agent('lb1').director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 1);
    assert.deepEqual(await remarksOf('lb1'), ['converged']);
    await assert.rejects(undrain('10.0.0.1'), /is not drained/);
    const placed = await drain('10.0.0.1');
    await fleet.turns();
    assert.deepEqual((await progressOf(placed)).drained, names);
    await undrain('10.0.0.1');
    assert.deepEqual(await presentOverrides(), []);
    assert.deepEqual(
      await remarksOf('lb1'),
      ['converged'],
      'no problem is reported before the agent has read it',
    );
  });
});
