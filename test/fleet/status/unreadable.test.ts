import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DocumentError } from '../../../src/fleet/documents/document.ts';
import { aliveDocument, reportDocument } from '../../../src/fleet/documents/report.ts';
import { targetDocument } from '../../../src/fleet/documents/target.ts';
import { removeOverride } from '../../../src/fleet/overrides/change.ts';
import { attentionOf } from '../../../src/fleet/status/attention.ts';
import { directorsOf } from '../../../src/fleet/status/director-status.ts';
import { readFleet, surveyFleet } from '../../../src/fleet/status/fleet-state.ts';
import { changeSettings, forgetDirector } from '../../../src/fleet/status/settings.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import type { InterceptedStore } from '../store/intercepted-store.ts';

const names = ['lb1', 'lb2', 'lb3'];

let fleet: SimulatedFleet;
let store: InterceptedStore;

async function put(key: string, text: string): Promise<void> {
  await store.commit({ compares: [], puts: [{ key, value: Buffer.from(text) }] });
}

/** Returns the faults of each director. */
async function findFaults(): Promise<Record<string, string[]>> {
  const directors = directorsOf(await readFleet(store, keys));
  return Object.fromEntries(
    directors.map(({ name, remarks }) => [
      name,
      remarks.filter(({ kind }) => kind === 'wrong').map(({ text }) => text),
    ]),
  );
}

beforeEach(async () => {
  fleet = await SimulatedFleet.withFirstRevision(names);
  store = fleet.store;
});

describe('documents with fields of another version', () => {
  const report = {
    ...{
      observed: 1,
      drift: { commands: 0, excerpt: [] },
      overrides: [],
      findings: [],
      sync: 'none' as const,
    },
    ...{ version: 'newer', time: '2026-11-28T22:00:00.000Z' },
  };

  it('are read without these fields if they are reports', () => {
    const drift = { ...report.drift, why: 'x' };
    const refusal = { code: 'too-hot', reason: 'it is too hot', degrees: 90 };
    const text = JSON.stringify({ schema: 1, ...report, drift, refusal, uptime: 5 });
    const expected = { ...report, refusal: { code: 'other', reason: 'it is too hot' } };
    assert.deepEqual(reportDocument.decode('key', text), expected);
    const sign = JSON.stringify({ schema: 1, since: report.time, pid: 7 });
    assert.deepEqual(aliveDocument.decode('key', sign), { since: report.time });
  });

  it('are unreadable if they are orders, or of another schema', () => {
    const target = JSON.stringify({ schema: 1, rollout: 'r', revision: 2, until: 'noon' });
    assert.throws(() => targetDocument.decode('key', target), DocumentError);
    assert.throws(
      () => reportDocument.decode('key', JSON.stringify({ schema: 2, ...report })),
      DocumentError,
    );
  });
});

describe('an unreadable document of one director', () => {
  const documents = {
    report: [keys.report('lb3'), 'its report is unreadable: it is not JSON'],
    target: [keys.target('lb3'), 'its target is unreadable: it is not JSON'],
    settings: [keys.director('lb3'), 'its settings are unreadable: it is not JSON'],
    presence: [keys.presence('lb3'), 'the sign of its agent is unreadable: it is not JSON'],
  } as const;

  for (const [document, [key, sentence]] of Object.entries(documents)) {
    it(`is a problem of this director only, and can be forgotten: ${document}`, async () => {
      await put(key, 'x');
      assert.deepEqual(await findFaults(), { lb1: [], lb2: [], lb3: [sentence] });
      if (document !== 'presence') {
        await assert.rejects(forgetDirector(store, keys, 'lb3'), /is running: stop it first/);
        await fleet.goOffline('lb3');
      }
      await forgetDirector(store, keys, 'lb3');
      assert.deepEqual(await findFaults(), { lb1: [], lb2: [] });
      const { entries } = await store.read(keys.state);
      assert.deepEqual(
        entries.map((entry) => entry.key).filter((one) => one.endsWith('lb3')),
        [],
      );
    });
  }

  it('makes a rollout wait, skip the director, or halt, as if that was offline', async () => {
    await put(keys.report('lb3'), 'x');
    const reason = 'its report is unreadable: it is not JSON';
    const start = (offline: 'wait' | 'skip' | 'fail') =>
      fleet.start(2, { canary: 0, waves: '100%', options: { offline } });
    await start('fail');
    const halted = await fleet.run(['lb3']);
    assert.deepEqual([halted.state, halted.reason], ['halted', `lb3: ${reason}`]);
    await fleet.abort();
    await start('skip');
    const { state, skipped } = await fleet.run(['lb3']);
    assert.deepEqual([state, skipped], ['done', { lb3: reason }]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1 });
    await publishRules(store, rulesFor(3));
    await fleet.start(3, { canary: 0, waves: '100%' });
    assert.match(await lastStep(), /^wait for the plan of lb3: its report is unreadable: it is not JSON \(/);
    // The agent writes a readable report at last.
    assert.equal((await fleet.run()).state, 'done');
  });

  /** Runs the driver and all agents but lb3's; returns what the driver waits for at last. */
  async function lastStep(): Promise<string> {
    let step = '';
    for (let round = 0; round < 20; round++) {
      step = await fleet.step();
      await fleet.turns(['lb3']);
    }
    return step;
  }

  it('makes a rollout fail the director when its deadline is over', async () => {
    await fleet.start(2, { canary: 0, waves: '100%' });
    while ((await fleet.rollout()).phase === 'preview') {
      await fleet.step();
      await fleet.turns();
    }
    await fleet.step();
    await put(keys.report('lb3'), 'x');
    const { state, failed } = await fleet.run(['lb3']);
    assert.deepEqual([state, failed], ['halted', { lb3: 'its report is unreadable: it is not JSON' }]);
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1 });
  });

  it('makes a rollout skip the director if it is the settings, which may have a hold or a group', async () => {
    await put(keys.director('lb3'), '{"schema":2,"lent":true}');
    const { skipped } = await fleet.start(2, { canary: 0, waves: '100%' });
    const reason = 'its settings are unreadable: its schema is 2, but this program supports 1';
    assert.deepEqual(skipped, { lb3: reason });
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(fleet.applied(), { lb1: 2, lb2: 2, lb3: 1 });
    await assert.rejects(
      changeSettings(store, keys, 'lb3', (settings) => settings),
      /lb3: its settings are unreadable: .*ipvsadm-fleet forget lb3/,
    );
  });

  it('is replaced by a rollout if it is the target', async () => {
    await put(keys.target('lb3'), 'x');
    await fleet.agent('lb3').turn();
    assert.match(`${(await findFaults()).lb3}`, /refused: .*targets\/lb3 is unreadable/);
    await fleet.start(2, { canary: 0, waves: '100%' });
    assert.equal((await fleet.run()).state, 'done');
    assert.deepEqual(await findFaults(), { lb1: [], lb2: [], lb3: [] });
  });
});

describe('an unreadable document of the fleet', () => {
  it('is ignored if the director in its key has an illegal name', async () => {
    for (const name of ['x\u001b[31mred', 'a/b', '7', '']) {
      await put(keys.director(name), '{"schema":1}');
      await put(keys.report(name), 'x');
    }
    assert.deepEqual(Object.keys(await findFaults()), names);
    await assert.rejects(forgetDirector(store, keys, 'x\u001b[31mred'), /this fleet has no director/);
  });

  it('fails commands that depend on it, but not a survey', async () => {
    await put(keys.rollout, 'x');
    await put(keys.override('10.0.0.1'), '{"schema":2}');
    await assert.rejects(readFleet(store, keys), /rollout is unreadable: it is not JSON/);
    const { errors, ...rest } = await surveyFleet(store, keys);
    assert.deepEqual(
      errors.map(({ key }) => key),
      [keys.rollout, keys.override('10.0.0.1')],
    );
    assert.deepEqual(rest.directors, names);
    assert.ok(attentionOf({ errors, ...rest }, fleet.time).isNeeded);
    await removeOverride(store, keys, '10.0.0.1', {
      by: 'test',
      since: new Date(0).toISOString(),
      reason: '',
    });
    assert.equal((await surveyFleet(store, keys)).errors.length, 1);
  });

  it('does not prevent a revision from being published, but old ones from being deleted', async () => {
    for (let servers = 3; servers < 54; servers++) await publishRules(store, rulesFor(servers));
    const count = async () => (await store.read(keys.revisions)).entries.length;
    const before = await count();
    await put(keys.report('lb3'), 'x');
    await publishRules(store, rulesFor(54));
    assert.equal(await count(), before + 1);
    await fleet.agent('lb3').turn();
    await publishRules(store, rulesFor(55));
    assert.ok((await count()) < before + 1);
  });
});
