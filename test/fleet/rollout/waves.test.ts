import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { divide, parseWaves } from '../../../src/fleet/rollout/waves.ts';
import { names } from './five-directors.ts';

describe('waves', () => {
  it('are parsed from numbers and percentages, and end with 100%', () => {
    assert.deepEqual(parseWaves('1, 50%,100%'), [{ count: 1 }, { percent: 50 }, { percent: 100 }]);
    assert.deepEqual(parseWaves('150,100%'), [{ count: 150 }, { percent: 100 }]);
    for (const invalid of ['', '50%', '0,100%', '101%', 'x,100%', '-1,100%'])
      assert.throws(() => parseWaves(invalid), /illegal wave|the last wave must be 100%/);
  });

  it('must grow', () => {
    for (const invalid of ['75%,10%,100%', '3,1,100%', '2,2,100%', '100%,100%', '75%,5,10%,100%'])
      assert.throws(() => parseWaves(invalid), /^FleetError: waves grow, and \d+%? comes after \d+%?: /);
    assert.equal(parseWaves('5,10%,6,100%').length, 4, 'which of these is larger depends on the fleet');
  });

  it('begin with the canary, and omit waves that add no director', () => {
    assert.deepEqual(
      divide(names, 1, parseWaves('10%,50%,100%'), () => undefined),
      [[['lb1']], [['lb2', 'lb3']], [['lb4', 'lb5']]],
    );
  });

  it('update directors of the same group one after another', () => {
    const group = (name: string) => (name === 'lb5' ? undefined : name < 'lb3' ? 'a' : 'b');
    assert.deepEqual(divide(names, 0, parseWaves('100%'), group), [
      [
        ['lb1', 'lb3', 'lb5'],
        ['lb2', 'lb4'],
      ],
    ]);
  });
});
