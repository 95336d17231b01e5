import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readRevisionOf } from '../../../src/fleet/revisions/of-director.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import type { InterceptedStore } from '../store/intercepted-store.ts';

let fleet: SimulatedFleet;
let store: InterceptedStore;

async function rollOut(revision: number): Promise<void> {
  await fleet.start(revision, { waves: '100%' });
  await fleet.run();
}

describe('the revision of a director', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(['lb1']);
    store = fleet.store;
  });

  it('is the one that it reports', async () => {
    await rollOut(2);
    const { revision, rules } = await readRevisionOf(store, keys, 'lb1');
    assert.deepEqual([revision.number, rules], [2, rulesFor(2)]);
  });

  it('is the one with its rules if a restored store has reused its number', async () => {
    const backup = store.backup();
    await publishRules(store, rulesFor(3));
    await rollOut(3);
    store.restore(backup);
    await fleet.agent('lb1').turn();
    const missing = /lb1 has revision 3, which is not in this store: nothing can be compared/;
    await assert.rejects(readRevisionOf(store, keys, 'lb1'), missing);
    await publishRules(store, rulesFor(7));
    const other = /revision 3 of this store is not revision 3 that lb1 has, as after the restore of a backup/;
    await assert.rejects(readRevisionOf(store, keys, 'lb1'), other);
    await publishRules(store, rulesFor(3));
    const { revision, rules } = await readRevisionOf(store, keys, 'lb1');
    assert.deepEqual([revision.number, rules], [4, rulesFor(3)]);
  });

  it('is unknown without such a director, a revision, or a readable report', async () => {
    await assert.rejects(
      readRevisionOf(store, keys, 'constructor'),
      /this fleet has no director constructor/,
    );
    await store.commit({ compares: [], puts: [{ key: keys.report('lb1'), value: Buffer.from('x') }] });
    await assert.rejects(readRevisionOf(store, keys, 'lb1'), /lb1: its report is unreadable: it is not JSON/);
    const fresh = new SimulatedFleet(store, ['lb2']);
    await fresh.turns();
    await assert.rejects(readRevisionOf(store, keys, 'lb2'), /lb2 has no revision yet/);
  });
});
