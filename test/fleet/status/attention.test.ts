import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { directorDocument } from '../../../src/fleet/documents/operator.ts';
import { driverDocument } from '../../../src/fleet/documents/rollout.ts';
import { pauseRollout, resumeRollout } from '../../../src/fleet/rollout/control.ts';
import { drive } from '../../../src/fleet/rollout/drive.ts';
import { attentionOf } from '../../../src/fleet/status/attention.ts';
import { surveyFleet } from '../../../src/fleet/status/fleet-state.ts';
import { agentMetrics, fleetMetrics } from '../../../src/fleet/status/metrics.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';
import { reportOf } from './reports.ts';

const names = ['lb1', 'lb2', 'lb3'];

let fleet: SimulatedFleet;
let store: InterceptedStore;

/** Returns the problems of the fleet, and the faults of each director. */
async function findProblems(): Promise<string[]> {
  const { problems, directors, isNeeded } = attentionOf(await surveyFleet(store, keys), fleet.time);
  const found = [
    ...problems,
    ...directors.flatMap(({ name, remarks }) =>
      remarks.filter(({ kind }) => kind === 'wrong').map(({ text }) => `${name}: ${text}`),
    ),
  ];
  assert.equal(isNeeded, found.length > 0);
  return found;
}

/** Returns the samples of the metrics of the fleet named web, by their text without the value. */
async function samples(): Promise<Map<string, string>> {
  const text = [...fleetMetrics('web', await surveyFleet(store, keys), fleet.time)].join('');
  assert.ok(!text.includes('\n\n') && text.endsWith('\n'));
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const result = new Map(lines.map((line) => line.split(/ (?=[^ ]*$)/) as [string, string]));
  assert.equal(result.size, lines.length, 'there is no duplicate series');
  return result;
}

async function driverRuns(rollout: string, holder: string): Promise<void> {
  const since = new Date(fleet.time).toISOString();
  const put = putDocument(keys.driver('1'), driverDocument, { rollout, holder, since });
  await store.commit({ compares: [], puts: [put] });
}

beforeEach(async () => {
  fleet = await SimulatedFleet.withFirstRevision(names);
  store = fleet.store;
});

describe('a fleet', () => {
  it('needs no attention if all directors have applied the last rollout', async () => {
    assert.deepEqual(await findProblems(), []);
  });

  it('needs attention if it has no director, as with a wrong fleet name', async () => {
    store = new InterceptedStore();
    assert.deepEqual(await findProblems(), [
      'no director has reported yet (start ipvsadm-fleet agent on each)',
    ]);
  });

  it('needs attention if a rollout is active without a driver', async () => {
    const { id } = await fleet.start(2, { waves: '100%' });
    fleet.time += 20_000;
    assert.deepEqual(await findProblems(), [], 'the driver has time to report its presence');
    fleet.time += 20_000;
    const sentence = 'the rollout has no driver any more: resume or abort it';
    assert.deepEqual(await findProblems(), [sentence]);
    await driverRuns(id, 'another driver');
    assert.deepEqual(await findProblems(), [sentence]);
    await driverRuns(id, 'driver');
    assert.deepEqual(await findProblems(), []);
    fleet.time += 3600_000;
    assert.deepEqual(await findProblems(), [], 'a wave may bake for hours');
  });

  it('needs attention while a rollout is paused or has halted', async () => {
    await fleet.start(2);
    const actor = { holder: 'driver', now: fleet.time };
    await pauseRollout(store, keys, actor);
    assert.deepEqual(await findProblems(), ['the rollout is paused: resume or abort it']);
    await resumeRollout(store, keys, actor);
    assert.deepEqual(await findProblems(), []);
    fleet.agent('lb1').director.refuses = () => 'no memory';
    await fleet.run();
    assert.match(`${(await findProblems())[0]}`, /^the rollout has halted: roll back/);
  });

  it('needs attention if a rollout has skipped a director, until that is updated or on hold', async () => {
    await fleet.goOffline('lb3');
    await fleet.start(2, { options: { offline: 'skip' } });
    await fleet.run(['lb3']);
    await fleet.agent('lb3').turn();
    assert.deepEqual(await findProblems(), [
      'lb3: left behind: the target of others is revision 2 (offline)',
    ]);
    const held = { by: 'alice', since: '2026-11-28T22:00:00.000Z', reason: '' };
    const put = putDocument(keys.director('lb3'), directorDocument, { held });
    await store.commit({ compares: [], puts: [put] });
    assert.deepEqual(await findProblems(), []);
    await store.commit({ compares: [], puts: [], deletes: [keys.director('lb3')] });
    await fleet.start(2);
    await fleet.run();
    assert.deepEqual(await findProblems(), []);
  });

  it('needs attention if a rollout was aborted after it had updated some directors', async () => {
    await fleet.start(2);
    await fleet.abort();
    assert.deepEqual(await findProblems(), []);
    await fleet.start(2);
    while ((await fleet.rollout()).wave === 0)
      if ((await fleet.step()).startsWith('wait')) await fleet.turns();
    await fleet.abort();
    assert.deepEqual(await findProblems(), [
      'lb2: left behind: the target of others is revision 2',
      'lb3: left behind: the target of others is revision 2',
    ]);
  });

  it('needs attention if the first rollout has updated only one director', async () => {
    fleet = new SimulatedFleet(new InterceptedStore(), names);
    store = fleet.store;
    await publishRules(store, rulesFor(1));
    await fleet.turns();
    await fleet.start(1);
    while (fleet.applied().lb1 !== 1) if ((await fleet.step()).startsWith('wait')) await fleet.turns();
    await fleet.abort();
    assert.deepEqual(await findProblems(), [
      'lb2: left behind: the target of others is revision 1',
      'lb3: left behind: the target of others is revision 1',
    ]);
  });

  it('needs attention if a director does not report after a rollout', async () => {
    await fleet.start(2, { canary: 0, waves: '100%' });
    while ((await fleet.rollout()).phase === 'preview') {
      await fleet.step();
      await fleet.turns();
    }
    await fleet.step();
    assert.deepEqual(await findProblems(), []);
    await fleet.abort();
    assert.deepEqual(
      await findProblems(),
      names.map((name) => `${name}: has not reported yet`),
    );
    await fleet.turns();
    assert.deepEqual(await findProblems(), []);
  });

  it('needs attention if tables have drifted, and shows the first command that corrects them', async () => {
    fleet.agent('lb1').director.setRules(rulesFor(2));
    fleet.agent('lb2').director.setRules(rulesFor(4));
    await fleet.turns();
    const first = '-d -t 192.0.2.1:80 -r 10.0.0.2:80';
    assert.deepEqual(await findProblems(), [
      `lb1: the table has drifted; to correct it: ${first}`,
      `lb2: the table has drifted; to correct it: ${first}, and 2 more`,
    ]);
  });

  it('shows the time of the last report of an offline director', async () => {
    await fleet.goOffline('lb3');
    assert.match(
      `${await findProblems()}`,
      /^lb3: offline; this is its last report, of 2026-11-28T22:0\d:\d\d/,
    );
  });

  it('shows until when a director has to be confirmed, while this is renewed', async () => {
    const rollbacks = async () => {
      const { directors } = attentionOf(await surveyFleet(store, keys), fleet.time);
      return directors.flatMap(({ name, remarks }) =>
        remarks.filter(({ text }) => text.startsWith('not confirmed')).map(({ text }) => `${name} ${text}`),
      );
    };
    await fleet.start(2, { options: { confirm: 60, bake: 90 } });
    while (!(await fleet.step()).includes('bake')) await fleet.turns();
    const begun = fleet.time;
    for (const seconds of [0, 30, 60]) {
      while (fleet.time < begun + 1000 * seconds) {
        fleet.time += 1000;
        await fleet.step();
      }
      // Renewed every 20 seconds.
      const last = begun + 20_000 * Math.floor(seconds / 20);
      assert.deepEqual(await rollbacks(), [
        `lb1 not confirmed yet, and goes back by itself at about ${new Date(last + 60_000).toISOString()} otherwise`,
      ]);
    }
    while ((await fleet.run()).state === 'active');
    assert.deepEqual(await rollbacks(), []);
  });
});

describe('the presence of a driver', () => {
  it('lasts as long as the driver runs', async () => {
    const { id } = await fleet.start(2, { waves: '100%' });
    const stop = new AbortController();
    const running = drive({
      ...{ store, keys, id, holder: 'driver', now: () => fleet.time, stop: stop.signal },
      ask: async () => true,
      check: async () => undefined,
      show: () => {},
      onUnreachable: () => {},
    });
    const drivers = async () => (await surveyFleet(store, keys)).drivers;
    while ((await drivers()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(
      (await drivers()).map(({ rollout, holder }) => [rollout, holder]),
      [[id, 'driver']],
    );
    stop.abort();
    assert.equal((await running).kind, 'left');
    assert.deepEqual(await drivers(), []);
  });
});

describe('metrics', () => {
  it('are labelled with the name of the fleet', async () => {
    const own = [...agentMetrics('web', 'lb1', reportOf(), undefined)].join('');
    for (const series of [
      ...(await samples()).keys(),
      ...own.split('\n').filter((line) => /^[^#]/.test(line)),
    ])
      assert.match(series, /\{fleet="web"/);
  });

  it('contain the state of the rollout, its last change, and whether attention is needed', async () => {
    const names = ['wrong', 'rollout_state', 'rollout_abandoned', 'rollout_changed_timestamp_seconds'];
    const valuesIn = async (state: string) => {
      const found = await samples();
      return names.map((name) => {
        const labels = name === 'rollout_state' ? `{fleet="web",state="${state}"}` : '{fleet="web"}';
        return Number(found.get(`ipvsadm_fleet_${name}${labels}`));
      });
    };
    const since = async () => Date.parse((await fleet.rollout()).changed) / 1000;
    assert.deepEqual(await valuesIn('done'), [0, 1, 0, await since()]);
    await fleet.start(2);
    assert.deepEqual(await valuesIn('active'), [0, 1, 0, await since()]);
    fleet.time += 60_000;
    assert.deepEqual(await valuesIn('active'), [1, 1, 1, await since()]);
    assert.deepEqual(await valuesIn('done'), [1, 0, 1, await since()]);
    await pauseRollout(store, keys, { holder: 'driver', now: fleet.time });
    assert.deepEqual(await valuesIn('paused'), [1, 1, 0, await since()]);
  });
});
