import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { reportOrRollBack, rollBack } from '../../../src/cli/fleet/commands/rollback.ts';
import { readWayBack } from '../../../src/cli/fleet/rollback-key.ts';
import type { Session } from '../../../src/cli/fleet/session.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { revisionDocument } from '../../../src/fleet/documents/revision.ts';
import type { RolloutOptions } from '../../../src/fleet/documents/rollout.ts';
import { pack } from '../../../src/fleet/revisions/contents.ts';
import { readHistory } from '../../../src/fleet/revisions/read.ts';
import { makeKeys, readPrivateKey, readPublicKey } from '../../../src/fleet/revisions/signature.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { fleetName, keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';
import { RecordedOutput } from './recorded-output.ts';

const names = ['lb1', 'lb2', 'lb3'];

let store: InterceptedStore;
let fleet: SimulatedFleet;
let session: Session;
let output: RecordedOutput;
/** Stops the agents, which take their turns while the commands run. */
let endAgents: () => Promise<void>;

/** Lets the agents take turns until the function that is returned is called. */
function runAgents(): () => Promise<void> {
  let isOver = false;
  const agents = (async () => {
    while (!isOver) {
      await fleet.turns();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return () => {
    isOver = true;
    return agents;
  };
}

function servers(): number[] {
  return names.map((name) => fleet.agent(name).director.rules().split('-a ').length - 1);
}

async function rollOut(options: Partial<RolloutOptions> = {}) {
  await fleet.start(2, { canary: 0, waves: '100%', options });
  return fleet.run();
}

/** A fleet whose directors trust one key, which has signed revision 2 and, where they have it, revision 1. */
async function signedFleet(isFirstSigned: boolean) {
  const [right, wrong] = [makeKeys(), makeKeys()] as const;
  const trusted = [readPublicKey(Buffer.from(right.publicKey))];
  const key = readPrivateKey(Buffer.from(right.privateKey));
  const otherKey = readPrivateKey(Buffer.from(wrong.privateKey));
  await endAgents();
  fleet = new SimulatedFleet(new InterceptedStore(), names, isFirstSigned ? { trusted } : {});
  store = fleet.store;
  session = { ...session, store };
  await publishRules(store, rulesFor(1), isFirstSigned ? key : undefined);
  await fleet.turns();
  await fleet.start(1, { canary: 0, waves: '100%' });
  await fleet.run();
  await publishRules(store, rulesFor(2), key);
  endAgents = runAgents();
  return { key, otherKey };
}

/** Replaces the rules of a revision, as somebody can who has no key but can write to the store. */
async function forge(number: number, rules: string, more: { readonly signature?: string } = {}) {
  const { revisions } = await readHistory(store, keys);
  const { signature: _, ...revision } = revisions.find((one) => one.number === number) ?? assert.fail();
  const { parts, ...packed } = pack(rules);
  const forged = { ...revision, ...packed, ...more, parts: parts.length };
  const contents = parts.map((value, part) => ({ key: keys.content(packed.packed, part), value }));
  const puts = [...contents, putDocument(keys.revision(number), revisionDocument, forged)];
  await store.commit({ compares: [], puts });
}

async function endOf(onFailure: 'halt' | 'rollback') {
  fleet.judge = () => 'bad';
  const rollout = await rollOut({ onFailure, check: true });
  return reportOrRollBack(
    session,
    { kind: 'ended', rollout, fleet: await readFleet(store, keys) },
    undefined,
  );
}

describe('the command rollback', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
    store = fleet.store;
    output = new RecordedOutput();
    const { streams } = output;
    session = { store, keys, fleet: fleetName, streams, words: {} };
    endAgents = runAgents();
  });
  afterEach(() => endAgents());

  it('restores the previous rules, even if the rollout is over', async () => {
    await rollOut();
    assert.equal(await rollBack(session, { key: undefined }), 0);
    assert.deepEqual(servers(), [1, 1, 1]);
    assert.match(output.text, /revision 3 published with the rules of revision 1\n/);
    assert.match(output.text, /revision 3 is rolled out\n/);
    await assert.rejects(rollBack(session, { key: undefined }), /was a rollback to the rules of revision 1/);
    assert.equal(await rollBack(session, { to: 1, key: undefined }), 0);
    assert.match(output.text, /revision 3 already has the rules of revision 1\n/);
  });

  it('restores the previous rules though another operator publishes at that moment', async () => {
    await rollOut();
    store.intercept = async ({ puts }, commit) => {
      if (!puts.some(({ key }) => key === keys.head)) return commit();
      store.intercept = (_, next) => next();
      await publishRules(store, rulesFor(4));
      return commit();
    };
    assert.equal(await rollBack(session, { key: undefined }), 0);
    assert.deepEqual(servers(), [1, 1, 1]);
    assert.match(output.text, /revision 4 published with the rules of revision 1\n/);
  });

  it('prints which director refuses the rules, and fails', async () => {
    await rollOut();
    fleet.agent('lb2').director.refuses = () => 'no memory';
    assert.equal(await rollBack(session, { key: undefined }), 1);
    assert.deepEqual(servers(), [1, 2, 1]);
    assert.match(output.text, /lb2: no memory\nrevision 3 is rolled out, but not to lb2\n/);
  });

  it('prints that no director has applied the rules, and fails', async () => {
    await rollOut();
    for (const name of names) fleet.agent(name).director.refuses = () => 'no memory';
    assert.equal(await rollBack(session, { key: undefined }), 1);
    assert.match(output.text, /lb3: no memory\nrevision 3 was not rolled out: no director has taken it\n$/);
  });

  it('refuses a key that has signed neither revision, and publishes nothing', async () => {
    const { key, otherKey } = await signedFleet(true);
    await rollOut();
    await assert.rejects(
      rollBack(session, { key: otherKey }),
      /the key that --sign names has not signed revision 1: /,
    );
    await assert.rejects(rollBack(session, { key: undefined }), /revision 1 is signed, .*: --sign is needed/);
    assert.equal((await readHistory(store, keys)).head?.content, 2);
    assert.equal((await fleet.rollout()).state, 'done');
    assert.equal(await rollBack(session, { key }), 0);
    assert.deepEqual(servers(), [1, 1, 1]);
  });

  it('restores unsigned rules only once they are published with a key, if the revision to undo is signed', async () => {
    const { key } = await signedFleet(false);
    const asked = { from: 2, to: 1 };
    const state = await readFleet(store, keys);
    await assert.rejects(readWayBack(session, state, { ...asked, key: undefined }), /revision 2 is signed, /);
    await assert.rejects(readWayBack(session, state, { ...asked, key }), /has not signed revision 1: /);
    await publishRules(store, rulesFor(1), key);
    assert.equal((await readWayBack(session, state, { ...asked, to: 3, key })).rules, rulesFor(1));
  });

  it('signs no rules that somebody without the key has written, and publishes nothing', async () => {
    const { key } = await signedFleet(true);
    await rollOut();
    const { revisions } = await readHistory(store, keys);
    const signatures = revisions.map(({ signature }) => signature);
    for (const signature of [undefined, ...signatures]) {
      await forge(1, rulesFor(5), signature === undefined ? {} : { signature });
      await assert.rejects(rollBack(session, { key }), /has not signed revision 1: /);
    }
    // Not even where nothing in the store is signed any more.
    await forge(2, rulesFor(2));
    await forge(1, rulesFor(5));
    await assert.rejects(rollBack(session, { key }), /has not signed revision 1: /);
    assert.equal((await readHistory(store, keys)).head?.content, 2);
    assert.deepEqual(servers(), [2, 2, 2]);
  });

  it('restores rules with the right key though they were also published with a wrong one', async () => {
    const { key, otherKey } = await signedFleet(true);
    await rollOut();
    await publishRules(store, rulesFor(1), otherKey);
    await fleet.start(3, { canary: 0, waves: '100%', options: { maxFailures: 3 } });
    await fleet.run();
    assert.deepEqual(servers(), [2, 2, 2]);
    const to = { to: 1 };
    await assert.rejects(rollBack(session, { ...to, key: otherKey }), /has not signed revision 1: /);
    assert.equal(await rollBack(session, { ...to, key }), 0);
    assert.deepEqual(servers(), [1, 1, 1]);
  });

  it('is automatic only if the rollout requests that', async () => {
    assert.equal(await endOf('halt'), 1);
    assert.deepEqual(servers(), [2, 2, 2]);
    await rollBack(session, { key: undefined });
    assert.equal(await endOf('rollback'), 1);
    assert.deepEqual(servers(), [1, 1, 1]);
  });
});
