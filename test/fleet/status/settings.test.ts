import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { changeSettings, forgetDirector } from '../../../src/fleet/status/settings.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';

const held = { by: 'ann', since: '2026-11-30T12:00:00.000Z', reason: '' };

let fleet: SimulatedFleet;

beforeEach(async () => {
  fleet = await SimulatedFleet.withFirstRevision(['lb1', 'lb2']);
});

for (const isCarriedOut of [true, false]) {
  describe(`settings, when the answer to a change that was ${isCarriedOut ? '' : 'not '}carried out is lost`, () => {
    it('are changed all the same', async () => {
      fleet.store.loseAnswer(isCarriedOut);
      await changeSettings(fleet.store, keys, 'lb1', (settings) => ({ ...settings, held }));
      assert.deepEqual((await readFleet(fleet.store, keys)).settings.get('lb1')?.content, { held });
    });

    it('are forgotten all the same, once', async () => {
      await fleet.goOffline('lb2');
      fleet.store.loseAnswer(isCarriedOut);
      await forgetDirector(fleet.store, keys, 'lb2');
      assert.deepEqual((await readFleet(fleet.store, keys)).directors, ['lb1']);
      await assert.rejects(forgetDirector(fleet.store, keys, 'lb2'), /this fleet has no director lb2/);
    });
  });
}

describe('a store that loses every answer', () => {
  beforeEach(() => {
    fleet.store.intercept = () =>
      Promise.reject(new StoreError('outcome-unknown', 'memory', 'the answer was lost'));
  });

  it('does not keep an operator waiting for ever', async () => {
    await assert.rejects(
      changeSettings(fleet.store, keys, 'lb1', (settings) => settings),
      /the settings of lb1 keep changing: try again/,
    );
  });
});
