import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { platform } from '#platform';
import { NumberArray } from '../../../src/ipvs/bulk/number-array.ts';

describe('NumberArray', () => {
  it('keeps its entries when it grows', () => {
    const entries = new NumberArray(3, false);
    for (let entry = 0; entry < 1000; entry++) {
      const base = entries.begin(0);
      for (let field = 0; field < 3; field++) entries.numbers[base + field] = 3 * entry + field;
      entries.keep(1);
    }
    assert.equal(entries.count, 1000);
    assert.deepEqual(
      [...entries.numbers.subarray(0, 3000)],
      Array.from({ length: 3000 }, (_, index) => index),
    );
  });

  it('zeroes entries that reuse the space of abandoned or cleared ones', () => {
    const entries = new NumberArray(2, false);
    entries.numbers.fill(7, entries.begin(0), entries.begin(1) + 2);
    const base = entries.begin(0);
    assert.deepEqual([...entries.numbers.subarray(base, base + 2)], [0, 0]);
    entries.numbers.fill(7, base, base + 2);
    entries.keep(1);
    entries.clear();
    assert.equal(entries.count, 0);
    assert.deepEqual([...entries.numbers.subarray(entries.begin(0), 2)], [0, 0]);
  });

  it('begins bulk work once it has more than 64 entries', (test) => {
    const { mock } = test.mock.method(platform, 'beginBulk', () => {});
    const entries = new NumberArray(3, true);
    for (let entry = 0; entry < 64; entry++) entries.begin(entry);
    assert.equal(mock.callCount(), 0);
    entries.begin(64);
    assert.equal(mock.callCount(), 1);
  });
});
