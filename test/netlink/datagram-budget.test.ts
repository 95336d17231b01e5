import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DatagramBudget } from '../../src/netlink/datagram-budget.ts';

/** Returns how many requests of these lengths fit into the first datagram. */
function countFitting(lengths: readonly number[], budget: DatagramBudget): number {
  const index = lengths.findIndex((length) => !budget.reserve(length));
  return index < 0 ? lengths.length : index;
}

const many = (length: number) => new Array<number>(10_000).fill(length);

describe('DatagramBudget', () => {
  it('fits a few requests into one datagram', () => {
    assert.equal(countFitting([100, 60, 40], new DatagramBudget(425984)), 3);
  });

  it('limits the answers (1536 bytes per 128-byte request) to half of the receive buffer', () => {
    assert.equal(countFitting(many(128), new DatagramBudget(2 * 4 * 1536)), 4);
  });

  it('admits no shorter request after one that did not fit', () => {
    const budget = new DatagramBudget(2 * 4 * 1536);
    assert.equal(countFitting(many(128), budget), 4);
    assert.equal(budget.reserve(20), false);
  });

  it('admits the first request even if it alone exceeds the budget', () => {
    assert.equal(countFitting([100000, 128], new DatagramBudget(2304)), 1);
  });

  it('limits datagrams to 64 KiB', () => {
    assert.equal(countFitting(many(160), new DatagramBudget(2 ** 30)), Math.floor(65536 / 160));
  });

  it('starts from zero after a reset', () => {
    const budget = new DatagramBudget(2 * 4 * 1536);
    for (let round = 0; round < 3; round++) {
      budget.reset();
      assert.equal(countFitting(many(128), budget), 4);
    }
  });
});
