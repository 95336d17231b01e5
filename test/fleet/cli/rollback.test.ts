import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { reportOrRollBack, rollBack } from '../../../src/cli/fleet/commands/rollback.ts';
import type { Session } from '../../../src/cli/fleet/session.ts';
import type { RolloutOptions } from '../../../src/fleet/documents/rollout.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { fleetName, keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import type { InterceptedStore } from '../store/intercepted-store.ts';

const names = ['lb1', 'lb2', 'lb3'];

let store: InterceptedStore;
let fleet: SimulatedFleet;
let session: Session;
let said: string;
/** Stops the agents, which take their turns while the commands run. */
let endAgents: () => Promise<void>;

function servers(): number[] {
  return names.map((name) => fleet.agent(name).director.rules().split('-a ').length - 1);
}

async function rollOut(options: Partial<RolloutOptions> = {}) {
  await fleet.start(2, { canary: 0, waves: '100%', options });
  return fleet.run();
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
    said = '';
    const output = {
      write(text: string | Uint8Array) {
        said += text.toString();
      },
      flush() {},
    };
    const streams = { input: async () => [], out: output, err: output };
    session = { store, keys, fleet: fleetName, streams, words: {} };
    let isOver = false;
    const agents = (async () => {
      while (!isOver) {
        await fleet.turns();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    endAgents = () => {
      isOver = true;
      return agents;
    };
  });
  afterEach(() => endAgents());

  it('brings the rules before back, though the rollout is over', async () => {
    await rollOut();
    assert.equal(await rollBack(session, { key: undefined }), 0);
    assert.deepEqual(servers(), [1, 1, 1]);
    assert.match(said, /revision 3 published with the rules of revision 1\n/);
    assert.match(said, /revision 3 is rolled out\n/);
    await assert.rejects(rollBack(session, { key: undefined }), /was a rollback to the rules of revision 1/);
  });

  it('says which director did not take them, and that not all is well', async () => {
    await rollOut();
    fleet.agent('lb2').director.refuses = () => 'no memory';
    assert.equal(await rollBack(session, { key: undefined }), 1);
    assert.deepEqual(servers(), [1, 2, 1]);
    assert.match(said, /lb2: no memory\nrevision 3 is rolled out, but not to lb2\n/);
  });

  it('comes by itself only where that was asked for, whoever drove the rollout to its end', async () => {
    assert.equal(await endOf('halt'), 1);
    assert.deepEqual(servers(), [2, 2, 2]);
    await rollBack(session, { key: undefined });
    assert.equal(await endOf('rollback'), 1);
    assert.deepEqual(servers(), [1, 1, 1]);
  });
});
