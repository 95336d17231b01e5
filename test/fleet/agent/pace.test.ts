import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from '../../../src/fleet/agent/pace.ts';

describe('the pace of an agent', () => {
  it('lets some turns follow each other at once, and then one in a second', () => {
    let now = 0;
    const pace = new Pace(() => now);
    let turns = 0;
    while (now < 60_000) {
      now += pace.next();
      turns++;
    }
    assert.ok(turns >= 79 && turns <= 81, `${turns}`);
    now += 5000;
    assert.deepEqual(
      [1, 2, 3, 4].map(() => pace.next()),
      [0, 0, 0, 0],
    );
    now += 3_600_000;
    const waits = Array.from({ length: 21 }, () => pace.next());
    assert.deepEqual(waits, [...new Array(20).fill(0), 1000]);
  });
});
