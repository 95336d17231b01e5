import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { followDraining, followUndraining } from '../../../src/cli/fleet/follow-draining.ts';
import type { Session } from '../../../src/cli/fleet/session.ts';
import type { Override } from '../../../src/fleet/documents/operator.ts';
import { addOverride, removeOverride } from '../../../src/fleet/overrides/change.ts';
import { fleetName, keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';

const names = ['lb1', 'lb2'];
const mark: Override = { by: 'alice', since: '2026-11-28T22:00:00.000Z', reason: 'broken disk' };

let fleet: SimulatedFleet;
let session: Session;
let said: string;
/** Rounds of turns that have ended. */
let rounds = 0;
/** Directors whose agents take no turns. */
let resting: readonly string[];
let endAgents: () => Promise<void>;
let stop: AbortController;

async function drain(server: string, isLong = false): Promise<number> {
  const placed = await addOverride(session.store, keys, server, mark);
  return followDraining(session, placed, isLong, stop.signal);
}

/** Lets directors rest, beginning with the next round of turns. */
async function rest(...names: readonly string[]): Promise<void> {
  resting = names;
  const present = rounds;
  while (rounds < present + 2) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function undrain(server: string): Promise<number> {
  return followUndraining(session, await removeOverride(session.store, keys, server, mark), stop.signal);
}

describe('the commands drain and undrain', () => {
  beforeEach(async () => {
    fleet = await SimulatedFleet.withFirstRevision(names);
    await fleet.start(2, { waves: '100%' });
    await fleet.run();
    said = '';
    resting = [];
    stop = new AbortController();
    const output = {
      write(text: string | Uint8Array) {
        said += text.toString();
      },
      flush() {},
    };
    const streams = { input: async () => [], out: output, err: output };
    session = { store: fleet.store, keys, fleet: fleetName, streams, words: {} };
    let isOver = false;
    const agents = (async () => {
      while (!isOver) {
        await fleet.turns(resting);
        rounds++;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    endAgents = () => {
      isOver = true;
      return agents;
    };
  });

  afterEach(() => endAgents());

  it('say what the directors have done', async () => {
    assert.equal(await drain('10.0.0.1'), 0);
    assert.equal(
      said,
      '10.0.0.1 is drained on 2 directors, 0 connections left; to put it back: ipvsadm-fleet undrain 10.0.0.1\n',
    );
    said = '';
    assert.equal(await undrain('10.0.0.1'), 0);
    assert.equal(said, '10.0.0.1 is in service again\n');
  });

  it('name directors that refuse, and fail', async () => {
    fleet.agent('lb2').director.carryOut = async () => ({ kind: 'kernel', reason: 'no memory' });
    for (const isLong of [false, true]) {
      said = '';
      assert.equal(await drain('10.0.0.1', isLong), 1);
      assert.match(said, /^10\.0\.0\.1 is drained on 1 director, .*\nnot drained on lb2: no memory\n$/m);
    }
  });

  it('do not say that a server is drained where every director refuses it', async () => {
    for (const name of names)
      fleet.agent(name).director.carryOut = async () => ({ kind: 'kernel', reason: 'no memory' });
    assert.equal(await drain('10.0.0.1'), 1);
    assert.match(said, /^draining 10\.0\.0\.1 was requested; .*\nnot drained on lb1, lb2: no memory\n$/);
  });

  it('name directors that do not answer', async () => {
    await rest('lb2');
    assert.equal(await drain('10.0.0.1'), 0);
    assert.match(said, / drained on 1 director, .*\nno report yet from lb2\n$/);
    resting = [];
    await drain('10.0.0.1', true);
    await rest('lb1');
    said = '';
    assert.equal(await undrain('10.0.0.1'), 0);
    assert.match(said, /^undraining 10\.0\.0\.1 was requested\nno report yet from lb1\n$/);
  });

  it('wait for directors that do not answer, with --wait', async () => {
    await rest('lb2');
    const { store } = fleet;
    const { read } = store;
    let reads = 0;
    store.read = (path) => {
      if (path === keys.state) reads++;
      return read.call(store, path);
    };
    const draining = drain('10.0.0.1', true);
    while (!/no report yet from lb2\n/.test(said) || reads < 5)
      await new Promise((resolve) => setTimeout(resolve, 5));
    resting = [];
    assert.equal(await draining, 0);
    assert.match(said, /is drained on 2 directors, /);
    const lines = said.split('\n');
    assert.deepEqual(lines, [...new Set(lines)], 'it says only what is new');
  });

  it('stop waiting where somebody undrains the server, or at a signal', async () => {
    await rest('lb2');
    const draining = drain('10.0.0.1', true);
    while (said === '') await new Promise((resolve) => setTimeout(resolve, 5));
    await removeOverride(session.store, keys, '10.0.0.1', mark);
    assert.equal(await draining, 1);
    assert.match(said, /\n10\.0\.0\.1 was undrained by somebody else\n$/);
    stop.abort();
    assert.equal(await drain('10.0.0.1', true), 130);
    assert.match(said, /\n10\.0\.0\.1 stays drained; to put it back: ipvsadm-fleet undrain 10\.0\.0\.1\n$/);
  });

  it('say that there is no such server where only the directors can know', async () => {
    await session.store.commit({ compares: [], puts: [], deletes: [keys.log] });
    assert.equal(await drain('10.0.0.7'), 1);
    assert.match(said, /\nno server 10\.0\.0\.7 on lb1, lb2\n$/);
  });

  it('name what else keeps a server out of service', async () => {
    await drain('10.0.0.1');
    await drain('10.0.0.1:80');
    said = '';
    assert.equal(await undrain('10.0.0.1'), 1);
    assert.equal(
      said,
      '10.0.0.1 is in service again, except where other drains apply\n10.0.0.1:80 is still drained by alice: broken disk; to put it back: ipvsadm-fleet undrain 10.0.0.1:80\n',
    );
  });
});
