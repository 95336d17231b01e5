import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { followDraining, followUndraining } from '../../../src/cli/fleet/follow-draining.ts';
import type { Session } from '../../../src/cli/fleet/session.ts';
import type { Override } from '../../../src/fleet/documents/operator.ts';
import { addOverride, removeOverride } from '../../../src/fleet/overrides/change.ts';
import { fleetName, keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { RecordedOutput } from './recorded-output.ts';

const names = ['lb1', 'lb2'];
const mark: Override = { by: 'alice', since: '2026-11-28T22:00:00.000Z', reason: 'broken disk' };

let fleet: SimulatedFleet;
let session: Session;
let output: RecordedOutput;
/** Rounds of turns that have ended. */
let rounds = 0;
/** Directors whose agents take no turns. */
let paused: readonly string[];
let endAgents: () => Promise<void>;
let stop: AbortController;

async function drain(server: string, isLong = false): Promise<number> {
  const placed = await addOverride(session.store, keys, server, mark);
  return followDraining(session, placed, isLong, stop.signal);
}

/** Pauses directors, beginning with the next round of turns. */
async function pause(...names: readonly string[]): Promise<void> {
  paused = names;
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
    output = new RecordedOutput();
    paused = [];
    stop = new AbortController();
    const { streams } = output;
    session = { store: fleet.store, keys, fleet: fleetName, streams, words: {} };
    let isOver = false;
    const agents = (async () => {
      while (!isOver) {
        await fleet.turns(paused);
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

  it('print what the directors have done', async () => {
    assert.equal(await drain('10.0.0.1'), 0);
    assert.equal(
      output.text,
      '10.0.0.1 is drained on 2 directors, 0 connections left; to put it back: ipvsadm-fleet undrain 10.0.0.1\n',
    );
    output.text = '';
    assert.equal(await undrain('10.0.0.1'), 0);
    assert.equal(output.text, '10.0.0.1 is in service again\n');
  });

  it('print which directors refuse, and fail', async () => {
    fleet.agent('lb2').director.carryOut = async () => ({ kind: 'kernel', reason: 'no memory' });
    for (const isLong of [false, true]) {
      output.text = '';
      assert.equal(await drain('10.0.0.1', isLong), 1);
      assert.match(
        output.text,
        /^10\.0\.0\.1 is drained on 1 director, .*\nnot drained on lb2: no memory\n$/m,
      );
    }
  });

  it('do not print that a server is drained if every director refuses that', async () => {
    for (const name of names)
      fleet.agent(name).director.carryOut = async () => ({ kind: 'kernel', reason: 'no memory' });
    assert.equal(await drain('10.0.0.1'), 1);
    assert.match(
      output.text,
      /^draining 10\.0\.0\.1 was requested; .*\nnot drained on lb1, lb2: no memory\n$/,
    );
  });

  it('print which directors do not answer', async () => {
    await pause('lb2');
    assert.equal(await drain('10.0.0.1'), 0);
    assert.match(output.text, / drained on 1 director, .*\nno report yet from lb2\n$/);
    paused = [];
    await drain('10.0.0.1', true);
    await pause('lb1');
    output.text = '';
    assert.equal(await undrain('10.0.0.1'), 0);
    assert.match(output.text, /^undraining 10\.0\.0\.1 was requested\nno report yet from lb1\n$/);
  });

  it('wait for directors that do not answer, with --wait', async () => {
    await pause('lb2');
    const { store } = fleet;
    const { read } = store;
    let reads = 0;
    store.read = (path) => {
      if (path === keys.state) reads++;
      return read.call(store, path);
    };
    const draining = drain('10.0.0.1', true);
    while (!/no report yet from lb2\n/.test(output.text) || reads < 5)
      await new Promise((resolve) => setTimeout(resolve, 5));
    paused = [];
    assert.equal(await draining, 0);
    assert.match(output.text, /is drained on 2 directors, /);
    const lines = output.text.split('\n');
    assert.deepEqual(lines, [...new Set(lines)], 'it prints each change only once');
  });

  it('stop waiting if the server is undrained by another operator, or at a signal', async () => {
    await pause('lb2');
    const draining = drain('10.0.0.1', true);
    while (output.text === '') await new Promise((resolve) => setTimeout(resolve, 5));
    await removeOverride(session.store, keys, '10.0.0.1', mark);
    assert.equal(await draining, 1);
    assert.match(output.text, /\n10\.0\.0\.1 was undrained by somebody else\n$/);
    stop.abort();
    assert.equal(await drain('10.0.0.1', true), 130);
    assert.match(
      output.text,
      /\n10\.0\.0\.1 stays drained; to put it back: ipvsadm-fleet undrain 10\.0\.0\.1\n$/,
    );
  });

  it('print that there is no such server if only the directors know that', async () => {
    await session.store.commit({ compares: [], puts: [], deletes: [keys.log] });
    assert.equal(await drain('10.0.0.7'), 1);
    assert.match(output.text, /\nno server 10\.0\.0\.7 on lb1, lb2\n$/);
  });

  it('print other drains of the same server', async () => {
    await drain('10.0.0.1');
    await drain('10.0.0.1:80');
    output.text = '';
    assert.equal(await undrain('10.0.0.1'), 1);
    assert.equal(
      output.text,
      '10.0.0.1 is in service again, except where other drains apply\n10.0.0.1:80 is still drained by alice: broken disk; to put it back: ipvsadm-fleet undrain 10.0.0.1:80\n',
    );
  });
});
