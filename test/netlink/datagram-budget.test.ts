import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DatagramBudget } from '../../src/netlink/datagram-budget.ts';

/** Returns how many requests of these lengths fit into the first datagram. */
function reserved(lengths: readonly number[], budget: DatagramBudget): number {
  const index = lengths.findIndex((length) => !budget.reserve(length));
  return index < 0 ? lengths.length : index;
}

const many = (length: number) => new Array<number>(10_000).fill(length);

describe('DatagramBudget', () => {
  it('lets few requests into one datagram', () => {
    assert.equal(reserved([100, 60, 40], new DatagramBudget(425984)), 3);
  });

  it('keeps the answers to 128-byte requests, 1536 bytes of memory each, within half of the receive buffer', () => {
    assert.equal(reserved(many(128), new DatagramBudget(2 * 4 * 1536)), 4);
  });

  it('lets no shorter request in behind one that has to wait', () => {
    const budget = new DatagramBudget(2 * 4 * 1536);
    assert.equal(reserved(many(128), budget), 4);
    assert.equal(budget.reserve(20), false);
  });

  it('lets one request in whatever it costs', () => {
    assert.equal(reserved([100000, 128], new DatagramBudget(2304)), 1);
  });

  it('keeps datagrams within 64 KiB', () => {
    assert.equal(reserved(many(160), new DatagramBudget(2 ** 30)), Math.floor(65536 / 160));
  });

  it('begins anew with the next datagram', () => {
    const budget = new DatagramBudget(2 * 4 * 1536);
    for (let round = 0; round < 3; round++) {
      budget.reset();
      assert.equal(reserved(many(128), budget), 4);
    }
  });
});
