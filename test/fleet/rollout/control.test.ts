import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  type Actor,
  abortRollout,
  pauseRollout,
  placeRollout,
  resumeRollout,
} from '../../../src/fleet/rollout/control.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';

const names = ['lb1', 'lb2'];

let fleet: SimulatedFleet;
let ann: Actor;

async function stateAndHolder(): Promise<string> {
  const { state, holder } = await fleet.rollout();
  return `${state} by ${holder}`;
}

for (const isWritten of [true, false]) {
  describe(`a rollout, when the answer to a change that was ${isWritten ? '' : 'not '}written is lost`, () => {
    beforeEach(async () => {
      fleet = await SimulatedFleet.withFirstRevision(names);
      await fleet.start(2, { options: { confirm: 30, bake: 60 } });
      while (!(await fleet.step()).includes('bake')) await fleet.turns();
      ann = { holder: 'ann', now: fleet.time };
      fleet.store.loseAnswer(isWritten);
    });

    it('is aborted once, and keeps what it has updated', async () => {
      assert.equal((await abortRollout(fleet.store, keys, ann)).state, 'aborted');
      assert.equal(await stateAndHolder(), 'aborted by ann');
      fleet.time += 31_000;
      await fleet.turns();
      assert.equal(fleet.agent('lb1').director.rules(), rulesFor(2));
    });

    it('is paused and resumed', async () => {
      assert.equal((await pauseRollout(fleet.store, keys, ann)).state, 'paused');
      assert.equal(await stateAndHolder(), 'paused by ann');
      fleet.store.loseAnswer(isWritten);
      const bob = { ...ann, holder: 'bob' };
      assert.equal((await resumeRollout(fleet.store, keys, bob)).state, 'active');
      assert.equal(await stateAndHolder(), 'active by bob');
      await assert.rejects(
        pauseRollout(fleet.store, keys, ann).then(() => pauseRollout(fleet.store, keys, bob)),
        {
          message: 'the rollout of revision 2 is paused already',
        },
      );
    });

    it('begins, and only once', async () => {
      const first = await fleet.rollout();
      await abortRollout(fleet.store, keys, ann);
      fleet.store.loseAnswer(isWritten);
      const { id } = await fleet.start(2, { holder: 'bob' });
      assert.deepEqual([(await fleet.rollout()).id, await stateAndHolder()], [id, 'active by bob']);
      const { rollout } = await readFleet(fleet.store, keys);
      assert.ok(rollout);
      const stale = { ...rollout, modRevision: rollout.modRevision - 1n };
      await assert.rejects(placeRollout(fleet.store, keys, stale, { ...first, id: 'other' }), {
        message: 'bob has changed the rollout meanwhile: check ipvsadm-fleet status',
      });
    });
  });
}

describe('a rollout that is resumed before its plans are approved', () => {
  for (const [age, summary] of [
    [50, '1 server added'],
    [70, '2 servers added'],
  ] as const) {
    it(`has ${summary} in its plans after ${age} seconds, in which a server was removed by hand`, async () => {
      fleet = await SimulatedFleet.withFirstRevision(names);
      await fleet.start(2);
      while ((await readPlan()) === undefined) {
        await fleet.step();
        await fleet.turns();
      }
      fleet.agent('lb1').director.setRules(rulesFor(0));
      fleet.time += age * 1000;
      await resumeRollout(fleet.store, keys, { holder: 'bob', now: fleet.time });
      while ((await fleet.step('bob')) !== 'ask') await fleet.turns();
      assert.equal(await readPlan(), summary);
    });
  }

  /** Returns the summary of the plan of lb1, as it is shown for approval. */
  async function readPlan(): Promise<string | undefined> {
    return (await readFleet(fleet.store, keys)).reports.get('lb1')?.content.plan?.summary;
  }
});
