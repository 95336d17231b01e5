import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { publishRules, rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

/** Applies revision 1, and kills the agent while it changes to revision 2, which leaves seven servers. */
async function interruptSecondRevision(): Promise<void> {
  await rig.obey({ revision: 1 });
  await rig.order({ revision: 2 });
  await rig.killDuringChange(rulesFor(7));
}

describe('an agent, killed during a change', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  describe('when it is started again', () => {
    it('finishes the change', async () => {
      await interruptSecondRevision();
      assert.equal((await rig.turn()).applied?.revision, 2);
      assert.equal(rig.director.rules(), rulesFor(2));
    });

    it('returns to the previous revision if that is ordered', async () => {
      await rig.obey({ revision: 1 });
      await rig.order({ rollout: 'r2', revision: 2 });
      await rig.killDuringChange(rulesFor(7));
      assert.equal((await rig.obey({ revision: 1 })).applied?.revision, 1);
      assert.equal(rig.director.rules(), rulesFor(3));
      const { changes } = rig.director;
      await rig.turn();
      assert.equal(rig.director.changes, changes, 'it changes the table only once');
    });

    for (const [reason, code, orderOther] of [
      ['no revision is ordered any more', undefined, () => rig.order({ preview: 2 })],
      ['it refuses another revision', 'missing', () => rig.order({ revision: 9 })],
      [
        'the kernel refuses another revision',
        'kernel',
        async () => {
          rig.director.refuses = ({ table }) =>
            [...table.values()][0]?.servers.size === 4 ? 'no memory' : undefined;
          await rig.order({ revision: await publishRules(rig.store, rulesFor(4)) });
        },
      ],
      [
        'the store is a different one',
        'other-store',
        async () => {
          rig.store.cluster = 'other';
        },
      ],
    ] as const) {
      it(`returns to the previous revision if ${reason}`, async () => {
        await interruptSecondRevision();
        await orderOther();
        assert.equal((await rig.turn()).refusal?.code, code);
        await rig.turn();
        assert.equal(rig.director.rules(), rulesFor(3));
        assert.equal(rig.agent.report?.refusal?.code, code);
      });
    }

    it('returns to the table from before its first revision', async () => {
      rig.director.setRules(rulesFor(5));
      await rig.order({ revision: 2 });
      await rig.killDuringChange(rulesFor(7));
      await rig.obey({ preview: 2 });
      assert.equal(rig.director.rules(), rulesFor(5));
    });

    it('goes back, if not confirmed, to the table from before the change, not to the interrupted one', async () => {
      rig.director.setRules(rulesFor(5));
      await rig.order({ revision: 2, confirm: 60 });
      await rig.killDuringChange(rulesFor(7));
      await rig.turn();
      rig.time += 61_000;
      await rig.turn();
      assert.equal(rig.director.rules(), rulesFor(5));
    });

    it('leaves the table while the store is unreachable', async () => {
      await interruptSecondRevision();
      rig.breakStore();
      await rig.turn();
      assert.equal(rig.director.rules(), rulesFor(7));
      rig.store.failure = undefined;
      await rig.turn();
      assert.equal(rig.director.rules(), rulesFor(2));
    });

    it('does not undo the change if another process holds the lock', async () => {
      await interruptSecondRevision();
      const { converge } = rig.director;
      rig.director.converge = async () => ({ kind: 'locked', reason: 'somebody else' });
      assert.equal((await rig.turn()).refusal?.code, 'locked');
      assert.ok(!rig.agent.logged.some((line) => /interrupted change/.test(line)));
      rig.director.converge = converge;
      await rig.turn();
      assert.equal(rig.director.rules(), rulesFor(2));
    });

    it('saves the table again before its next first revision', async () => {
      rig.director.setRules(rulesFor(5));
      await rig.order({ revision: 2 });
      await rig.killDuringChange(rulesFor(7));
      await rig.obey({ preview: 2 });
      rig.director.setRules(rulesFor(6));
      await rig.obey({ rollout: 'r2', revision: 1, confirm: 60 });
      rig.time += 61_000;
      await rig.turn();
      assert.equal(rig.director.rules(), rulesFor(6));
    });

    it('retries if it cannot return to the previous revision', async () => {
      await interruptSecondRevision();
      await rig.order({ preview: 2 });
      rig.director.refuses = () => 'no memory';
      assert.equal((await rig.turn()).refusal?.reason, 'no memory');
      rig.director.refuses = () => undefined;
      assert.equal((await rig.turn()).refusal, undefined);
      assert.equal(rig.director.rules(), rulesFor(3));
    });

    it('finishes the change if it is confirmed after it was killed while going back', async () => {
      await rig.obey({ revision: 1 });
      await rig.obey({ revision: 2, confirm: 60 });
      rig.time += 61_000;
      await rig.killDuringChange(rulesFor(7));
      assert.equal((await rig.obey({ revision: 2, confirm: 60, confirmed: true })).applied?.revision, 2);
      assert.equal(rig.director.rules(), rulesFor(2));
    });

    it('applies guards to the change from the previous table, not from the interrupted one', async () => {
      rig.replaceAgent({ options: { guards: { maxRemovals: { count: 1 } } } });
      await rig.obey({ revision: 1 });
      await rig.order({ rollout: 'r2', revision: await publishRules(rig.store, rulesFor(7)) });
      await rig.killDuringChange(rulesFor(6));
      assert.equal((await rig.obey({ rollout: 'r3', revision: 1 })).refusal, undefined);
      assert.equal(rig.director.rules(), rulesFor(3));
    });

    it('reports that it cannot undo the change if the previous rules are lost', async () => {
      await interruptSecondRevision();
      await rig.order({ preview: 2 });
      rig.agent.keeper.loseRules();
      assert.match((await rig.turn()).refusal?.reason ?? '', /interrupted, but the previous rules are lost/);
      assert.equal(rig.director.rules(), rulesFor(7));
      assert.match((await rig.turn()).refusal?.reason ?? '', /the rules of revision 1, kept/);
    });

    it('does not drain servers for longer than ordered in total', async () => {
      await rig.order({ revision: 1, drain: 60 });
      const left = [await rig.killDuringChange(rulesFor(7))];
      for (const step of [20_000, 50_000, -90_000]) {
        rig.time += step;
        left.push(await rig.killDuringChange(rulesFor(7)));
      }
      assert.deepEqual(left, [60, 40, 0, 60]);
    });

    it('restores the previous revision after a reboot, and has nothing to undo then', async () => {
      await interruptSecondRevision();
      rig.reboot();
      rig.breakStore();
      await rig.turn();
      assert.equal(rig.director.rules(), rulesFor(3));
      rig.director.setRules(rulesFor(1));
      rig.store.failure = undefined;
      await rig.obey({ preview: 2 });
      assert.equal(rig.director.rules(), rulesFor(1));
    });
  });
});
