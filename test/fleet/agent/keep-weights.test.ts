import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent, killed during a change', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  describe('when it is started again', () => {
    describe('with the option keepWeights', () => {
      const weighed = (...weights: readonly number[]) =>
        weights.reduce(
          (text, weight, at) => text.replace(`${at + 1}:80 -m -w 1`, `${at + 1}:80 -m -w ${weight}`),
          rulesFor(3),
        );

      beforeEach(async () => {
        rig.replaceAgent({ options: { keepWeights: true } });
        await rig.obey({ revision: 1 });
        rig.director.setRules(weighed(0, 5, 7));
        await rig.order({ revision: 2, drain: 3600 });
      });

      for (const [how, target] of [
        ['when it returns to the previous revision', { revision: 1 }],
        ['before it undoes the change', { preview: 1 }],
      ] as const) {
        it(`restores the weights of drained servers ${how}`, async () => {
          await rig.killDuringChange(weighed(0, 5, 0));
          await rig.obey(target);
          assert.equal(rig.director.rules(), weighed(0, 5, 7));
        });
      }

      it('remembers the weights however often it is killed', async () => {
        for (let ends = 0; ends < 3; ends++) await rig.killDuringChange(weighed(0, 5, 0));
        await rig.obey({ revision: 1 });
        assert.equal(rig.director.rules(), weighed(0, 5, 7));
      });

      it('keeps a weight that was set by hand meanwhile', async () => {
        await rig.killDuringChange(weighed(0, 5, 3));
        await rig.obey({ revision: 1 });
        assert.equal(rig.director.rules(), weighed(0, 5, 3));
      });

      it('does not restore the weight of a server that is out of service', async () => {
        await rig.killDuringChange(weighed(0, 5, 0));
        await rig.override('10.0.0.3');
        await rig.obey({ revision: 1 });
        assert.equal(rig.director.rules(), weighed(0, 5, 0));
        await rig.release('10.0.0.3');
        await rig.turn();
        assert.equal(rig.director.rules(), weighed(0, 5, 1));
      });

      it('finishes the change without restoring weights', async () => {
        await rig.killDuringChange(weighed(0, 5, 0));
        const { changes } = rig.director;
        await rig.turn();
        assert.equal(rig.director.rules(), weighed(0, 5, 0).replace(/.*3:80.*\n/, ''));
        assert.equal(rig.director.changes, changes + 1, 'the drained server gets no connection in between');
      });

      it('reports why it cannot restore the weights, and retries', async () => {
        await rig.killDuringChange(weighed(0, 5, 0));
        await rig.order({ revision: 1 });
        const { carryOut } = rig.director;
        rig.director.carryOut = async () => ({ kind: 'locked', reason: 'somebody else' });
        assert.equal((await rig.turn()).refusal?.code, 'locked');
        assert.equal(rig.director.rules(), weighed(0, 5, 0));
        rig.director.carryOut = carryOut;
        await rig.turn();
        assert.equal(rig.director.rules(), weighed(0, 5, 7));
      });
    });
  });
});
