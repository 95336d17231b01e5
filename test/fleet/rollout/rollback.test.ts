import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { directorDocument } from '../../../src/fleet/documents/operator.ts';
import { reportDocument } from '../../../src/fleet/documents/report.ts';
import type { Rollout } from '../../../src/fleet/documents/rollout.ts';
import { readRevision } from '../../../src/fleet/revisions/read.ts';
import {
  type Actor,
  abortRollout,
  lastRollout,
  pauseIfActive,
  replaceRollout,
} from '../../../src/fleet/rollout/control.ts';
import { commonRevision, revisionBefore } from '../../../src/fleet/rollout/revision-before.ts';
import { type RollbackRequest, startRollback } from '../../../src/fleet/rollout/start.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';
import { names } from './five-directors.ts';

let store: InterceptedStore;
let fleet: SimulatedFleet;

const by = (): Actor => ({ holder: 'driver', now: fleet.time });

/** Starts a rollback as the command does, and drives it to its end. */
async function rollBack(
  to?: number,
  more: Partial<RollbackRequest> = {},
  except: readonly string[] = [],
): Promise<Rollout> {
  await startBack(to, more);
  return fleet.run(except);
}

async function startBack(to?: number, more: Partial<RollbackRequest> = {}): Promise<void> {
  const state = await readFleet(store, keys);
  const last = state.rollout?.content;
  assert.ok(last);
  const restores = to ?? revisionBefore(state, last);
  await pauseIfActive(store, keys, last.id, by());
  const revision = await publishRules(store, (await readRevision(store, keys, restores)).rules);
  const identity = { revision, id: `back ${fleet.time}`, holder: 'driver', now: fleet.time };
  const choice = { restores, isChosen: to !== undefined, deadline: 30 };
  const back: RollbackRequest = { ...identity, ...choice, ...more };
  await replaceRollout(store, keys, last.id, (now, present) => startRollback(now, present, back));
}

function tables(): Record<string, number> {
  return Object.fromEntries(
    names.map((name) => [name, fleet.agent(name).director.rules().split('-a ').length - 1]),
  );
}

async function hold(name: string, group?: string): Promise<void> {
  const held = { by: 'ann', since: '2026-11-28T22:00:00.000Z', reason: '' };
  await store.commit({
    compares: [],
    puts: [
      putDocument(keys.director(name), directorDocument, { held, ...(group !== undefined && { group }) }),
    ],
  });
}

const all = (servers: number) => Object.fromEntries(names.map((name) => [name, servers]));

describe('a rollback', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
    store = fleet.store;
  });

  it('publishes the previous rules as a new revision, which offline directors apply later', async () => {
    fleet.judge = (directors) => (directors.includes('lb2') ? 'bad' : undefined);
    await fleet.start(2, { options: { check: true } });
    assert.equal((await fleet.run()).state, 'halted');
    await fleet.goOffline('lb3');
    const { state, failed } = await rollBack(undefined, {}, ['lb3']);
    assert.deepEqual([state, failed], ['done', {}]);
    assert.deepEqual(fleet.applied(), { lb1: 3, lb2: 3, lb3: 2, lb4: 3, lb5: 3 });
    await fleet.turns();
    assert.deepEqual(fleet.applied(), { lb1: 3, lb2: 3, lb3: 3, lb4: 3, lb5: 3 });
    assert.deepEqual(tables(), all(1));
  });

  it('is possible when the rollout is over', async () => {
    await fleet.start(2);
    assert.equal((await fleet.run()).state, 'done');
    assert.equal((await rollBack()).state, 'done');
    assert.deepEqual(tables(), all(1));
  });

  it('refuses to undo a rollback unless a revision is given', async () => {
    await fleet.start(2);
    await fleet.run();
    // The former rules have been published again already, so that the rollback creates no new revision.
    await publishRules(store, rulesFor(1));
    await rollBack();
    await assert.rejects(
      rollBack(),
      /was a rollback to the rules of revision 1: choose a revision with --to/,
    );
    await rollBack(2);
    assert.deepEqual(tables(), all(2));
  });

  it('restores the rules from before a revision that was rolled out twice', async () => {
    await fleet.start(2);
    await fleet.run();
    await fleet.start(2);
    await fleet.run();
    await rollBack();
    assert.deepEqual(tables(), all(1));
  });

  it('refuses to restore the same revision, and to undo a rollout that updated no director', async () => {
    await fleet.start(2);
    await fleet.run();
    const third = await publishRules(store, rulesFor(3));
    await fleet.start(third);
    await abortRollout(store, keys, by());
    await assert.rejects(
      rollBack(),
      /no director was updated to revision 3, .*: choose a revision with --to/,
    );
    await fleet.start(2);
    await fleet.run();
    await assert.rejects(rollBack(), /the directors had revision 2 before, too: choose a revision with --to/);
    await rollBack(1);
    assert.deepEqual(tables(), all(1));
  });

  it('restores the revision of the others on directors that had none', async () => {
    await store.commit({ compares: [], puts: [], deletes: [keys.target('lb5')] });
    await fleet.start(2);
    await fleet.run();
    await rollBack();
    assert.deepEqual(tables(), all(1));
  });

  it('restores the revision of the others on a canary that had none, as announced at the beginning', async () => {
    await store.commit({ compares: [], puts: [], deletes: [keys.target('lb1')] });
    fleet.judge = () => 'bad';
    assert.equal(commonRevision(await fleet.start(2, { options: { check: true } })), 1);
    assert.equal((await fleet.run()).state, 'halted');
    await rollBack();
    assert.deepEqual(tables(), all(1));
  });

  it('excludes directors that were not updated', async () => {
    await store.commit({ compares: [], puts: [], deletes: [keys.target('lb5')] });
    await hold('lb5');
    await fleet.start(2);
    await fleet.run();
    fleet.agent('lb5').director.setRules(rulesFor(7));
    await store.commit({ compares: [], puts: [putDocument(keys.director('lb5'), directorDocument, {})] });
    const { waves } = await rollBack();
    assert.deepEqual(tables(), { ...all(1), lb5: 7 });
    assert.ok(!waves.flat(2).includes('lb5'));
  });

  it('includes directors on hold, and those of a group with a failure', async () => {
    for (const name of ['lb1', 'lb2']) await fleet.group(name, 'pair');
    await fleet.start(2);
    await fleet.run();
    await hold('lb3');
    fleet.agent('lb1').director.refuses = () => 'no memory';
    const { state, failed } = await rollBack();
    assert.deepEqual([state, failed], ['done', { lb1: 'no memory' }]);
    assert.deepEqual(tables(), { ...all(1), lb1: 2 });
  });

  it('begins with directors in the middle of a change, so that no two of a group change at once', async () => {
    for (const name of ['lb1', 'lb2']) await fleet.group(name, 'pair');
    await fleet.start(2, { canary: 2, waves: '100%' });
    await fleet.untilApplied('lb1', 2);
    while ((await readFleet(store, keys)).targets.get('lb2')?.content.revision !== 2) await fleet.step();
    await startBack();
    assert.deepEqual((await fleet.rollout()).waves, [[['lb2'], ['lb1']], [['lb3', 'lb4', 'lb5']]]);
  });

  it('waits for a hanging director of the group only briefly, and not at all if that is on hold', async () => {
    for (const name of ['lb1', 'lb2']) await fleet.group(name, 'pair');
    await fleet.start(2);
    await fleet.run();
    const hanging = fleet.agent('lb1').director;
    hanging.converge = async () => ({ kind: 'locked', reason: 'it hangs' });
    const begun = fleet.time;
    const { state, failed } = await rollBack();
    assert.deepEqual([state, failed], ['done', { lb1: 'not converged within 30 s' }]);
    assert.ok(fleet.time - begun < 35_000);
    assert.deepEqual(tables(), { ...all(1), lb1: 2 });
    await startBack(await publishRules(store, rulesFor(3)), { deadline: 300 });
    for (let step = ''; !step.includes('lb1'); step = await fleet.step()) {
      assert.notEqual(step, 'end');
      await fleet.turns();
    }
    const held = fleet.time;
    await hold('lb1', 'pair');
    const { skipped } = await fleet.run();
    assert.match(skipped.lb1 ?? '', /^on hold by ann; it has its target, and is not waited for/);
    assert.ok(fleet.time - held < 5000);
    assert.deepEqual(tables(), { ...all(3), lb1: 2 });
  });

  it('waits for an earlier change in the group only briefly, and not at all if that is on hold', async () => {
    for (const name of ['lb1', 'lb2']) await fleet.group(name, 'pair');
    await fleet.start(2);
    await fleet.run();
    const { report } = fleet.agent('lb1');
    assert.ok(report);
    await store.commit({
      compares: [],
      puts: [putDocument(keys.report('lb1'), reportDocument, { ...report, changing: 2 })],
      deletes: [keys.target('lb1')],
    });
    const begun = fleet.time;
    const { state, failed, waves } = await rollBack(undefined, {}, ['lb1']);
    assert.deepEqual([state, failed, waves.flat(2).includes('lb1')], ['done', {}, false]);
    assert.ok(fleet.time - begun >= 30_000 && fleet.time - begun < 35_000);
    assert.deepEqual(tables(), { ...all(1), lb1: 2 });
    await hold('lb1', 'pair');
    const held = fleet.time;
    assert.equal((await rollBack(await publishRules(store, rulesFor(3)), {}, ['lb1'])).state, 'done');
    assert.ok(fleet.time - held < 10_000);
    assert.deepEqual(tables(), { ...all(3), lb1: 2 });
  });

  it('drains like the last rollout, or as requested', async () => {
    await fleet.start(2, { options: { drain: 30 } });
    await fleet.run();
    assert.equal((await rollBack()).options.drain, 30);
    assert.equal((await rollBack(2, { drain: 0 })).options.drain, 0);
  });

  it('replaces the rollout between two writes of its driver', async () => {
    await fleet.start(2);
    await fleet.untilApplied('lb1', 2);
    let writes = 0;
    store.intercept = async (_, commit) => {
      store.intercept = (_, next) => next();
      // The driver takes a step meanwhile.
      if (++writes === 1) await fleet.step();
      return commit();
    };
    await rollBack();
    assert.deepEqual(tables(), all(1));
  });

  it('pauses the given rollout if it is active, and no other', async () => {
    const { id } = await fleet.rollout();
    await pauseIfActive(store, keys, id, by());
    assert.equal((await lastRollout(store, keys))?.content.state, 'done');
    const second = await fleet.start(2);
    await assert.rejects(pauseIfActive(store, keys, id, by()), /driver has changed the rollout meanwhile/);
    await pauseIfActive(store, keys, second.id, { holder: 'ann', now: fleet.time });
    const last = (await lastRollout(store, keys))?.content;
    assert.deepEqual([last?.state, last?.holder], ['paused', 'ann']);
    await fleet.step();
    await assert.rejects(
      replaceRollout(store, keys, 'another', (_, present) => present),
      /ann has changed the rollout meanwhile/,
    );
  });

  it('finds the previous revision though many were published since', async () => {
    await fleet.start(2);
    await fleet.run();
    for (let servers = 3; servers < 60; servers++) await publishRules(store, rulesFor(servers));
    await rollBack();
    assert.deepEqual(tables(), all(1));
  });

  it('is announced only if all directors go back to the same revision', async () => {
    assert.equal(commonRevision(await fleet.start(2)), 1);
    await fleet.run();
    const third = await publishRules(store, rulesFor(3));
    await hold('lb1');
    await fleet.start(third);
    await fleet.run();
    await store.commit({ compares: [], puts: [putDocument(keys.director('lb1'), directorDocument, {})] });
    const fourth = await publishRules(store, rulesFor(4));
    const mixed = await fleet.start(fourth);
    assert.throws(() => commonRevision(mixed), /have different ones \(2, 3\)/);
    const none = new SimulatedFleet(new InterceptedStore(), ['lb1']);
    await publishRules(none.store, rulesFor(1));
    await none.turns();
    const first = await none.start(1);
    assert.throws(() => commonRevision(first), /the directors have none/);
    await none.run();
    await publishRules(none.store, rulesFor(2));
    await none.start(2);
    await abortRollout(none.store, keys, { holder: 'driver', now: none.time });
    const again = await none.start(1);
    assert.throws(() => commonRevision(again), /the directors have revision 1 already/);
  });
});
