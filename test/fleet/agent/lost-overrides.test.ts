import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { PlanOptions } from '../../../src/rules/plan.ts';
import { publishRules, rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent, after its store was replaced', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  describe('by one that lacks an override', () => {
    beforeEach(async () => {
      await rig.order({ revision: 1 });
      const backup = rig.store.backup();
      await rig.override('10.0.0.1');
      await rig.turn();
      await rig.acceptBackup(backup);
    });

    it('keeps the server out of service, and reports that', async () => {
      assert.deepEqual(rig.weights(), [0, 1, 1]);
      assert.deepEqual(rig.agent.report?.overrides, [{ server: '10.0.0.1', servers: 1, connections: 0 }]);
      assert.equal(rig.agent.report?.drift.commands, 0);
      rig.agent.accept();
      await rig.turn();
      await rig.override('10.0.0.2');
      await rig.turn();
      assert.deepEqual(
        rig.weights(),
        [0, 0, 1],
        'other overrides, and accepting the store again, change nothing',
      );
    });

    it('plans that the next rollout puts the server back into service, which it does', async () => {
      const { plan } = await rig.obey({ rollout: 'r2', preview: 1 });
      assert.deepEqual(plan?.excerpt, ['-e -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1']);
      const { overrides } = await rig.obey({ rollout: 'r2', revision: 1 });
      assert.deepEqual([rig.weights(), overrides], [[1, 1, 1], []]);
    });

    it('obeys new orders for the server', async () => {
      await rig.override('10.0.0.1');
      await rig.turn();
      assert.equal(typeof rig.agent.report?.overrides[0]?.observed, 'number');
      await rig.release('10.0.0.1');
      await rig.turn();
      assert.deepEqual(rig.weights(), [1, 1, 1]);
    });

    it('puts the server back into service if an operator ends the override', async () => {
      await rig.end('10.0.0.1');
      const { overrides } = await rig.turn();
      assert.deepEqual([rig.weights(), overrides], [[1, 1, 1], []]);
    });
  });

  it('restores the weight of a server with the next rollout, even with the option keepWeights', async () => {
    rig.replaceAgent({ options: { keepWeights: true } });
    await rig.obey({ revision: 1 });
    const backup = rig.store.backup();
    await rig.override('10.0.0.1');
    await rig.turn();
    await rig.acceptBackup(backup);
    assert.deepEqual(rig.weights(), [0, 1, 1]);
    await rig.obey({ rollout: 'r2', revision: 1 });
    assert.deepEqual(rig.weights(), [1, 1, 1]);
  });

  it('does not take an order in a backup for a new one', async () => {
    await rig.order({ revision: 1 });
    await rig.end('10.0.0.1');
    const backup = rig.store.backup();
    await rig.override('10.0.0.1');
    await rig.turn();
    await rig.acceptBackup(backup);
    assert.deepEqual(rig.weights(), [0, 1, 1]);
    await rig.end('10.0.0.1');
    await rig.turn();
    assert.deepEqual(rig.weights(), [1, 1, 1]);
  });

  it('puts a released server back into service if the accepted store is the same', async () => {
    await rig.order({ revision: 1 });
    await rig.override('10.0.0.1');
    await rig.turn();
    await rig.release('10.0.0.1');
    rig.agent.accept();
    await rig.turn();
    assert.deepEqual(rig.weights(), [1, 1, 1]);
  });

  it('keeps a server out of service if only the revision of the accepted store has fallen', async () => {
    await rig.order({ revision: 1 });
    const backup = rig.store.backup();
    await rig.override('10.0.0.1');
    await rig.turn();
    const { cluster } = rig.store;
    rig.store.restore(backup);
    rig.store.cluster = cluster;
    rig.agent.accept();
    await rig.turn();
    assert.deepEqual(rig.weights(), [0, 1, 1]);
  });

  describe('while it drains servers that a revision removes', () => {
    let drained: string;

    async function interruptDrain(options: PlanOptions = {}): Promise<void> {
      rig.replaceAgent({ options });
      await rig.order({ revision: await publishRules(rig.store, rulesFor(3, 80, 'sh')) });
      const without = await publishRules(rig.store, rulesFor(2, 80, 'sh'));
      await rig.turn();
      await rig.override('10.0.0.3');
      await rig.turn();
      // Draining sets the fallback and the weight; another order interrupts it.
      drained = rig.director.rules();
      rig.director.converge = async () => ({ kind: 'interrupted' });
      await rig.obey({ rollout: 'r2', revision: without });
      assert.equal(rig.director.rules(), drained);
    }

    it('restores neither the weight of a draining server nor the scheduler flags of its service', async () => {
      await interruptDrain();
      await rig.release('10.0.0.3');
      await rig.turn();
      assert.equal(rig.director.rules(), drained);
      await rig.override('10.0.0.2');
      await rig.turn();
      await rig.release('10.0.0.2');
      await rig.turn();
      assert.equal(rig.director.rules(), drained);
    });

    for (const options of [{}, { keepWeights: true }]) {
      it(`restores the weight once the change is undone, with the options ${JSON.stringify(options)}`, async () => {
        await interruptDrain(options);
        await rig.release('10.0.0.3');
        await rig.turn();
        Reflect.deleteProperty(rig.director, 'converge');
        await rig.obey({ rollout: 'r3', revision: rig.agent.report?.applied?.revision ?? 0 });
        assert.deepEqual(rig.weights(), [1, 1, 1]);
        assert.equal(rig.director.rules(), rulesFor(3, 80, 'sh'));
      });
    }
  });
});
