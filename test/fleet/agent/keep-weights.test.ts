import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  describe('whose change was broken off', () => {
    describe('where weights are not in the hands of rules', () => {
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
        ['of the revision before', { revision: 1 }],
        ['before it undoes the change', { preview: 1 }],
      ] as const) {
        it(`gives servers their weights back ${how}`, async () => {
          await rig.killDuringChange(weighed(0, 5, 0));
          await rig.obey(target);
          assert.equal(rig.director.rules(), weighed(0, 5, 7));
        });
      }

      it('remembers them however often the process is killed', async () => {
        for (let ends = 0; ends < 3; ends++) await rig.killDuringChange(weighed(0, 5, 0));
        await rig.obey({ revision: 1 });
        assert.equal(rig.director.rules(), weighed(0, 5, 7));
      });

      it('leaves a weight that somebody has given meanwhile', async () => {
        await rig.killDuringChange(weighed(0, 5, 3));
        await rig.obey({ revision: 1 });
        assert.equal(rig.director.rules(), weighed(0, 5, 3));
      });

      it('gives none to a server that is out of service', async () => {
        await rig.killDuringChange(weighed(0, 5, 0));
        await rig.override('10.0.0.3');
        await rig.obey({ revision: 1 });
        assert.equal(rig.director.rules(), weighed(0, 5, 0));
        await rig.release('10.0.0.3');
        await rig.turn();
        assert.equal(rig.director.rules(), weighed(0, 5, 1));
      });

      it('finishes the change without them', async () => {
        await rig.killDuringChange(weighed(0, 5, 0));
        const { changes } = rig.director;
        await rig.turn();
        assert.equal(rig.director.rules(), weighed(0, 5, 0).replace(/.*3:80.*\n/, ''));
        assert.equal(rig.director.changes, changes + 1, 'the server gets no connection for a moment');
      });

      it('says why they cannot be given back', async () => {
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
