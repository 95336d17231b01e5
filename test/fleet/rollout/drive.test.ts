import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rollout, RolloutOptions } from '../../../src/fleet/documents/rollout.ts';
import { abortRollout, pauseRollout, resumeRollout } from '../../../src/fleet/rollout/control.ts';
import type { Driver } from '../../../src/fleet/rollout/drive.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { driveSimulated } from './drive-simulated.ts';

const names = ['lb1', 'lb2'];

let fleet: SimulatedFleet;
let stop: AbortController;
let endAgents: () => Promise<void>;

/** Begins a rollout of revision 2 that is checked, and drives it as its command does. */
async function driveRollout(parts: Partial<Driver>, options: Partial<RolloutOptions> = {}) {
  const { id } = await fleet.start(2, {
    ...{ holder: 'me', canary: 0, waves: '100%' },
    options: { check: true, ...options },
  });
  return driveSimulated(fleet, id, { stop: stop.signal, ...parts });
}

const by = (holder: string) => ({ holder, now: fleet.time });

function stateOf({ state, phase, reason }: Rollout) {
  return reason === undefined ? [state, phase] : [state, phase, reason];
}

describe('the driver of a rollout, stopped or replaced', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
    stop = new AbortController();
    let isOver = false;
    const agents = (async () => {
      while (!isOver) {
        await fleet.turns();
        await sleep(5);
      }
    })();
    endAgents = () => {
      isOver = true;
      return agents;
    };
  });
  afterEach(() => endAgents());

  it('aborts a rollout that has changed nothing yet if it is stopped', async () => {
    const end = await driveRollout({
      ask: async () => {
        stop.abort();
        return false;
      },
    });
    assert.equal(end.kind, 'left');
    const expected = ['aborted', 'preview', 'interrupted before anything was changed'];
    assert.deepEqual(stateOf(await fleet.rollout()), expected);
    assert.deepEqual(end.kind === 'left' && stateOf(end.rollout), expected);
  });

  it('aborts a rollout if the plans cannot be shown', async () => {
    const brokenPipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    await assert.rejects(
      driveRollout({
        ask: async () => {
          throw brokenPipe;
        },
      }),
      brokenPipe,
    );
    assert.deepEqual(stateOf(await fleet.rollout()).slice(0, 2), ['aborted', 'preview']);
  });

  it('reports that it has aborted the rollout though the answer to that is lost', async () => {
    const end = await driveRollout({
      ask: async () => {
        stop.abort();
        fleet.store.loseAnswer(true);
        return false;
      },
    });
    assert.deepEqual([end.kind, end.kind === 'left' && end.rollout.state], ['left', 'aborted']);
  });

  it('leaves a rollout that has changed directors as it is, so that it can be resumed', async () => {
    const end = await driveRollout({
      check: async () => {
        stop.abort();
        return 'the check command ended with SIGTERM';
      },
    });
    assert.equal(end.kind, 'left');
    assert.deepEqual(stateOf(await fleet.rollout()), ['active', 'waves']);
    await resumeRollout(fleet.store, keys, { ...by('driver'), hasCheck: true });
    assert.equal((await fleet.run()).state, 'done');
  });

  it('ends soon if it is stopped while the store hangs', async () => {
    let begun = 0;
    let goOn = () => {};
    const hanging = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const end = await driveRollout({
      check: async () => {
        const { read, revoke } = fleet.store;
        fleet.store.read = (path) => hanging.then(() => read.call(fleet.store, path));
        fleet.store.revoke = (lease) => hanging.then(() => revoke.call(fleet.store, lease));
        setTimeout(() => {
          begun = performance.now();
          stop.abort();
        }, 50);
        return undefined;
      },
    });
    const seconds = (performance.now() - begun) / 1000;
    goOn();
    assert.equal(end.kind, 'left');
    assert.ok(seconds < 6, `it took ${seconds} s`);
  });

  for (const isWritten of [true, false]) {
    it(`records the result of a check though the answer is lost, ${isWritten ? '' : 'not '}written`, async () => {
      let checks = 0;
      const end = await driveRollout({
        check: async () => {
          checks++;
          fleet.store.loseAnswer(isWritten);
          return checks === 1 ? 'curl: 500' : undefined;
        },
      });
      assert.equal(checks, 1);
      assert.deepEqual(end.kind === 'ended' && stateOf(end.rollout), ['halted', 'waves', 'curl: 500']);
    });
  }

  it('reports the result of its check if another driver has taken over meanwhile', async () => {
    const end = await driveRollout({
      check: async () => {
        await resumeRollout(fleet.store, keys, { ...by('ann'), hasCheck: true });
        return 'curl: 500';
      },
    });
    assert.equal(end.kind, 'taken-over');
    assert.deepEqual([end.failure, end.isReplaced, end.present?.holder], ['curl: 500', false, 'ann']);
  });

  it('reports who has paused, aborted or replaced its rollout', async () => {
    for (const change of [pauseRollout, abortRollout]) {
      const end = await driveRollout({
        ask: async () => {
          await change(fleet.store, keys, by('ann'));
          return true;
        },
      });
      assert.equal(end.kind, 'taken-over');
      const state = change === pauseRollout ? 'paused' : 'aborted';
      assert.deepEqual([end.present?.state, end.present?.holder, end.isReplaced], [state, 'ann', false]);
      if (change === pauseRollout) await abortRollout(fleet.store, keys, by('ann'));
    }
    const replaced = await driveRollout({
      ask: async () => {
        await abortRollout(fleet.store, keys, by('ann'));
        await fleet.start(2, { holder: 'ann' });
        return true;
      },
    });
    assert.equal(replaced.kind, 'taken-over');
    assert.deepEqual([replaced.present?.holder, replaced.isReplaced], ['ann', true]);
  });

  it('continues if the answer to a renewal of the time to confirm is lost', async () => {
    let renewals = 0;
    fleet.store.intercept = async ({ puts }, commit) => {
      const done = await commit();
      if (!puts.some(({ key }) => key === keys.renewal)) return done;
      renewals++;
      throw new StoreError('outcome-unknown', 'memory', 'the connection was lost');
    };
    const end = await driveRollout({}, { confirm: 100 });
    assert.deepEqual([end.kind, (await fleet.rollout()).state], ['ended', 'done']);
    assert.ok(renewals > 0);
  });
});
