import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys, rulesFor } from '../simulated-agent.ts';
import { LoopRig, until } from './loop-rig.ts';

let rig: LoopRig;

describe('the loop of an agent, when the store fails', () => {
  beforeEach(async () => {
    rig = await LoopRig.withTwoRevisions();
  });

  afterEach(() => rig.end());

  it('logs an outage of the store once, and continues afterwards', async () => {
    await rig.order(1);
    rig.start();
    await rig.untilServers(1);
    rig.breakStore();
    rig.store.disturb();
    await until(() =>
      rig.logged.some((sentence) => /the table stays as it is: memory: nobody answers/.test(sentence)),
    );
    rig.store.failure = undefined;
    await rig.order(2);
    await until(async () => {
      await sleep(50);
      return rig.director.rules() === rulesFor(2);
    });
    assert.equal(rig.logged.filter((sentence) => /stays as it is/.test(sentence)).length, 1);
  });

  it('logs each new reason of an outage', async () => {
    rig.start();
    for (const reason of ['nobody answers', 'the certificate has expired']) {
      rig.store.failure = new StoreError('unreachable', 'memory', reason);
      rig.store.disturb();
      await until(() => rig.logged.some((sentence) => sentence.endsWith(reason)));
    }
    await rig.end();
    assert.deepEqual(
      rig.logged.map((sentence) => sentence.replace(/^.*: /, '')),
      ['nobody answers', 'the certificate has expired'],
    );
  });

  describe('retries soon after a failure in the middle of a turn', () => {
    const unreachable = new StoreError('unreachable', 'memory', 'nobody answers');

    /** Makes the next reads of revision 2 fail. */
    function failReads(times: number): void {
      const { read } = rig.store;
      rig.store.read = (path) => {
        if (path !== keys.revision(2) || times-- <= 0) return read.call(rig.store, path);
        return Promise.reject(unreachable);
      };
    }

    beforeEach(async () => {
      await rig.order(1);
      rig.start();
      await until(async () => (await rig.report())?.applied?.revision === 1);
      rig.logged = [];
    });

    it('to read the rules, and logs the failure meanwhile', async () => {
      failReads(2);
      await rig.order(2);
      await until(() => rig.logged.length > 0);
      await sleep(4000);
      await rig.untilServers(2);
      await until(() => rig.logged.length === 4);
      assert.deepEqual(rig.logged, [
        'the table stays as it is: memory: nobody answers',
        'revision 2: changing the table: 1 server added',
        'revision 2: done',
        'the store can be used again',
      ]);
    });

    it('to read the rules for a plan', async () => {
      failReads(1);
      await rig.order(1, { preview: 2 });
      await sleep(1000);
      await until(async () => (await rig.report())?.plan?.revision === 2);
    });

    it('to send the report', async () => {
      let lost = 0;
      rig.store.intercept = ({ puts }, commit) => {
        if (lost > 0 || !puts.some(({ key }) => key === keys.report('lb1'))) return commit();
        lost++;
        return Promise.reject(new StoreError('outcome-unknown', 'memory', 'the answer was lost'));
      };
      await rig.order(2);
      await until(() => lost === 1);
      await sleep(1000);
      await until(async () => (await rig.report())?.applied?.revision === 2);
    });
  });

  it('passes on in a single turn whether the store has failed in the middle of it', async () => {
    await rig.order(1);
    let lastContact: number | undefined;
    const onTurn = (_: unknown, last: number | undefined) => {
      lastContact = last;
    };
    const { read } = rig.store;
    rig.store.read = (path) =>
      path === keys.revision(1)
        ? Promise.reject(new StoreError('unreachable', 'memory', 'nobody answers'))
        : read.call(rig.store, path);
    await rig.runOnce({ onTurn });
    assert.equal(lastContact, undefined);
    rig.store.read = read;
    rig.store.intercept = () => Promise.reject(new StoreError('forbidden', 'memory', 'permission denied'));
    await rig.runOnce({ onTurn });
    assert.equal(lastContact, undefined);
    rig.store.intercept = (_, commit) => commit();
    await rig.runOnce({ onTurn });
    assert.ok(lastContact !== undefined);
  });

  it('logs why the store refuses its report, but not that it is unreachable', async () => {
    for (const [code, lines] of [
      ['no-space', ['cannot report: memory: it is full']],
      ['unreachable', []],
    ] as const) {
      rig.logged = [];
      rig.store.intercept = async () => {
        throw new StoreError(code, 'memory', 'it is full');
      };
      await rig.runOnce();
      assert.deepEqual(rig.logged, lines);
    }
  });
});
