import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeRules } from '../../../src/fleet/revisions/rules.ts';
import { directorsOf } from '../../../src/fleet/status/director-status.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { LoopRig, until } from './loop-rig.ts';

let rig: LoopRig;

describe('the loop of an agent', () => {
  beforeEach(async () => {
    rig = await LoopRig.withTwoRevisions();
  });

  afterEach(() => rig.end());

  describe('while servers drain', () => {
    let drains: number;
    let applying: string;

    beforeEach(async () => {
      drains = 0;
      const { converge } = rig.director;
      rig.director.converge = (desired, options) => {
        if (!options.drain) return converge.call(rig.director, desired, options);
        drains++;
        applying = writeRules(desired);
        rig.director.setRules(rulesFor(7));
        return new Promise((resolve) => {
          options.stop?.addEventListener('abort', () => resolve({ kind: 'interrupted' }));
        });
      };
      await rig.order(1);
    });

    /** Applies revision 1, and starts the change to revision 2, which drains servers until it is interrupted. */
    async function startDraining(): Promise<void> {
      rig.start();
      await rig.untilServers(1);
      await rig.order(2, { rollout: 'r2', drain: 3600 });
      await until(() => drains === 1);
    }

    for (const [what, servers] of [
      ['another revision', 4],
      ['another rollout of the same revision', 2],
    ] as const) {
      it(`applies ${what} at once`, async () => {
        await startDraining();
        await rig.order(await publishRules(rig.store, rulesFor(servers)), { rollout: 'r3' });
        await rig.untilServers(servers);
      });
    }

    it('takes a server out of service, and continues to drain', async () => {
      await startDraining();
      await rig.override('10.0.0.1');
      await until(() => drains === 2);
      assert.match(applying, /-r 10\.0\.0\.1:80 -m -w 0\n/);
    });

    it('continues to drain for another override though the clock was set forward meanwhile', async () => {
      await startDraining();
      rig.clockStep = 7200_000;
      await rig.override('10.0.0.1');
      await until(() => drains === 2);
    });

    it('reports a requested plan without polling the store or repeating its report', async () => {
      await startDraining();
      await until(async () => (await rig.report())?.changing === 2);
      let reads = 0;
      const { read } = rig.store;
      rig.store.read = (path) => {
        reads++;
        return read.call(rig.store, path);
      };
      const third = await publishRules(rig.store, rulesFor(3));
      await rig.order(2, { rollout: 'r2', drain: 3600, preview: third });
      await until(async () => (await rig.report())?.plan?.revision === third);
      const { drift, applied, changing } = (await rig.report()) ?? {};
      assert.deepEqual(
        [drift?.commands, applied?.revision],
        [0, 1],
        'the differences are from its own change',
      );
      assert.equal(changing, 2);
      const [status] = directorsOf(await rig.fleet());
      assert.deepEqual(status?.remarks, [{ kind: 'waiting', text: 'draining servers for revision 2' }]);
      const before = reads;
      await sleep(500);
      assert.ok(reads - before < 5, `${reads - before} reads`);
      assert.equal(drains, 1);
      let reports = 0;
      rig.store.intercept = ({ puts }, commit) => {
        if (puts.some(({ key }) => key === keys.report('lb1'))) reports++;
        return commit();
      };
      const readsBefore = reads;
      await rig.override('10.0.0.9', { ended: true });
      await until(() => reads > readsBefore);
      await sleep(50);
      assert.equal(reports, 0, 'the report has not changed');
    });

    it('reports drift from a revision that is applied already', async () => {
      rig.start();
      await rig.untilServers(1);
      await rig.order(1, { rollout: 'r2', drain: 3600 });
      rig.director.setRules(rulesFor(5));
      await until(() => drains === 1);
      const report = async () => (await rig.fleet()).reports.get('lb1');
      const { modRevision = 0n } = (await rig.fleet()).targets.get('lb1') ?? {};
      await until(async () => BigInt((await report())?.content.observed ?? 0) >= modRevision);
      assert.equal((await report())?.content.drift.commands, 6, 'a gate must not take that for converged');
    });

    it('sends its report again after one from the middle of a change has overwritten it', async () => {
      const { converge } = rig.director;
      rig.director.converge = async (desired, options) => {
        if (!options.drain) return converge.call(rig.director, desired, options);
        await sleep(1300);
        return { kind: 'locked', reason: 'another rollout is under way' };
      };
      await rig.order(2, { rollout: 'r2', drain: 3600 });
      const refusal = async () => (await rig.report())?.refusal;
      for (let turns = 0; turns < 2; turns++) {
        await rig.runOnce();
        assert.equal((await refusal())?.code, 'locked');
      }
      rig.start();
      // Long enough for the second or third turn to be the last.
      await sleep(4500);
      await rig.end();
      assert.equal((await refusal())?.code, 'locked');
    });

    it('does not poll the store if it cannot read its target', async () => {
      await startDraining();
      await rig.store.commit({
        compares: [],
        puts: [{ key: keys.target('lb1'), value: Buffer.from('{"schema":9}') }],
      });
      let reads = 0;
      const { read } = rig.store;
      rig.store.read = async (path) => {
        reads++;
        await sleep(1);
        return read.call(rig.store, path);
      };
      await sleep(1500);
      assert.ok(reads < 10, `${reads} reads`);
    });

    it('reports the presence of the agent from the beginning', async () => {
      await rig.runOnce();
      await rig.order(2, { rollout: 'r2', drain: 3600 });
      rig.start();
      await until(() => drains === 1);
      await until(async () => (await rig.fleet()).alive.has('lb1'));
      await rig.end();
      assert.equal((await rig.fleet()).alive.size, 0);
    });

    it('continues to drain if it refuses another revision', async () => {
      await startDraining();
      await rig.order(9, { rollout: 'r3' });
      await sleep(200);
      assert.deepEqual([drains, rig.director.rules()], [1, rulesFor(7)]);
    });

    it('continues to drain while the store is unreachable, and ends when it is stopped', async () => {
      await startDraining();
      rig.breakStore();
      rig.store.disturb();
      await sleep(100);
      assert.equal(drains, 1);
      rig.store.failure = undefined;
      await rig.order(2, { rollout: 'r2', drain: 3600, confirmed: true });
      await sleep(100);
      assert.equal(drains, 1, 'the order has not changed');
      await rig.end();
      assert.equal(rig.director.rules(), rulesFor(7));
    });
  });
});
