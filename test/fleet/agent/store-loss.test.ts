import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { publishRules, rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent, without its store, table or rules', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  it('reports that its saved rules are lost, until they are rolled out again', async () => {
    await rig.obey({ revision: 1 });
    rig.agent.keeper.loseRules();
    const { refusal } = await rig.turn();
    assert.deepEqual([refusal?.code, refusal?.revision], ['missing', 1]);
    assert.equal((await rig.obey({ rollout: 'r2', revision: 1 })).refusal, undefined);
  });

  it('keeps the table while the store is unreachable, even if it is restarted', async () => {
    await rig.obey({ revision: 1 });
    rig.breakStore();
    rig.agent.kill();
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3));
    assert.equal(rig.agent.report?.applied?.revision, 1);
  });

  it('restores the last applied revision after a reboot, without the store', async () => {
    await rig.obey({ revision: 1 });
    rig.breakStore();
    rig.agent.kill();
    rig.reboot();
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3));
    rig.director.setRules(rulesFor(1));
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(1), 'it restores only once');
  });

  it('retries if the kernel refuses the restored rules', async () => {
    await rig.obey({ revision: 1 });
    rig.reboot();
    rig.director.refuses = () => 'no such interface';
    assert.equal((await rig.turn()).refusal?.reason, 'no such interface');
    rig.director.refuses = () => undefined;
    assert.equal((await rig.turn()).refusal, undefined);
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('obeys neither another store nor one whose revision has fallen, until it is accepted', async () => {
    await rig.order({ revision: 1 });
    const backup = rig.store.backup();
    await rig.turn();
    await rig.order({ revision: 2 });
    rig.store.restore(backup);
    rig.store.cluster = '1';
    await rig.turn();
    // The agent cannot notice yet that the store's revision has fallen: it has read no later one.
    await rig.order({ revision: 1 });
    await rig.obey({ revision: 1 });
    rig.store.restore(backup);
    rig.store.cluster = '1';
    assert.equal((await rig.turn()).refusal?.code, 'store-went-back');
    for (let n = 0; n < 20; n++) await rig.order({ revision: 2 });
    assert.equal(
      (await rig.turn()).refusal?.code,
      'store-went-back',
      'also once the revision of the store is higher again',
    );
    rig.agent.accept();
    assert.equal((await rig.turn()).applied?.revision, 2);
    rig.store.cluster = 'other';
    await publishRules(rig.store, rulesFor(1));
    assert.equal((await rig.obey({ revision: 3 })).refusal?.code, 'other-store');
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('obeys an accepted store from its next rollout on, whatever the revision number', async () => {
    await rig.order({ revision: 1 });
    const backup = rig.store.backup();
    await rig.order({ rollout: 'r2', revision: 2 });
    await rig.order({ rollout: 'r2', revision: 2 });
    assert.equal((await rig.obey({ rollout: 'r2', revision: 2 })).applied?.revision, 2);
    rig.store.restore(backup);
    const refused = await rig.obey({ revision: 1, preview: 1 });
    assert.deepEqual([refused.refusal?.code, refused.plan?.refusal?.code], ['other-store', 'other-store']);
    rig.agent.accept();
    assert.equal((await rig.turn()).refusal, undefined);
    assert.equal(rig.director.rules(), rulesFor(2));
    const other = await publishRules(rig.store, rulesFor(6));
    assert.equal((await rig.obey({ revision: 1, preview: other })).plan?.refusal, undefined);
    assert.equal((await rig.obey({ rollout: 'r3', revision: other })).applied?.revision, 3);
    assert.equal(rig.director.rules(), rulesFor(6));
    // From then on, revision numbers are checked again.
    assert.equal((await rig.obey({ rollout: 'r4', revision: 2 })).refusal?.code, 'older');
  });

  it('does not take its first store for another one', async () => {
    await rig.obey({ revision: 2 });
    assert.equal(rig.agent.keeper.load()?.accepted, undefined);
  });

  it('keeps restoring after a reboot if another revision cannot be read', async () => {
    await rig.obey({ revision: 1 });
    rig.reboot();
    rig.director.refuses = () => 'no memory';
    await rig.order({ rollout: 'r2', revision: 2 });
    const orders = await rig.agent.read();
    rig.breakStore();
    assert.equal((await rig.agent.turnOn(orders)).refusal?.reason, 'no memory');
    rig.director.refuses = () => undefined;
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('stops restoring after a reboot once it has applied another revision', async () => {
    await rig.obey({ revision: 1 });
    rig.reboot();
    rig.director.refuses = ({ table }) =>
      [...table.values()][0]?.servers.size === 3 ? 'no memory' : undefined;
    await rig.turn();
    assert.equal((await rig.obey({ rollout: 'r2', revision: 2 })).refusal, undefined);
    rig.director.setRules(rulesFor(1));
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(1));
  });
});
