import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { followFleet } from '../../../src/fleet/status/follow.ts';
import { StoreError, type StoreErrorCode } from '../../../src/fleet/store/error.ts';
import { keys, SimulatedAgent } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import type { InterceptedStore } from '../store/intercepted-store.ts';

let fleet: SimulatedFleet;
let store: InterceptedStore;
let stop: AbortController;
/** Everything shown and reported, in order. */
let seen: string[];

/** Follows the fleet until it has so many directors. */
function follow(directors: number): Promise<number | undefined> {
  const onTrouble = (sentence: string) => seen.push(sentence);
  const options = { store, keys, read: readFleet, stop: stop.signal, milliseconds: 60_000, onTrouble };
  return followFleet(options, (state) => {
    seen.push(`${state.directors}`);
    return state.directors.length === directors ? directors : undefined;
  });
}

async function until(count: number): Promise<void> {
  for (let tries = 0; seen.length < count; tries++) {
    assert.ok(tries < 1000, seen.join('\n'));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function breakStore(code: StoreErrorCode): void {
  store.failure = new StoreError(code, 'store', 'the watch was ended: aborted');
  store.disturb();
}

beforeEach(async () => {
  fleet = await SimulatedFleet.withFirstRevision(['lb1', 'lb2']);
  store = fleet.store;
  stop = new AbortController();
  seen = [];
});

describe('following a fleet', () => {
  it('continues after an outage of the store, and reports both its beginning and its end once', async () => {
    const following = follow(3);
    await until(1);
    breakStore('unreachable');
    await until(2);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    store.failure = undefined;
    await until(4);
    await new SimulatedAgent(store, 'lb3').turn();
    assert.equal(await following, 3);
    assert.deepEqual(seen.slice(0, 4), [
      'lb1,lb2',
      'waiting for the store: store: the watch was ended: aborted',
      'the store is reachable again',
      'lb1,lb2',
    ]);
    assert.equal(seen.at(-1), 'lb1,lb2,lb3');
  });

  it('can be stopped while the store is unreachable', async () => {
    const following = follow(3);
    await until(1);
    breakStore('unreachable');
    await until(2);
    stop.abort();
    assert.equal(await following, undefined);
  });

  it('can be stopped while the store hangs', async () => {
    store.read = () => new Promise(() => {});
    const following = follow(3);
    const begun = performance.now();
    stop.abort();
    assert.equal(await following, undefined);
    assert.ok(performance.now() - begun < 3000);
  });

  it('fails with an error that will not go away by itself', async () => {
    breakStore('forbidden');
    await assert.rejects(
      follow(3),
      (error: Error) => error instanceof StoreError && error.code === 'forbidden',
    );
  });
});
