import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListedCounters } from './counters.ts';
import { assertRates } from './rates.ts';

describe('assertRates', () => {
  it('accepts every rate that the kernel may have estimated', () => {
    for (let attempt = 0; attempt < 1000; attempt++) {
      const { rate, seconds } = estimated(96);
      assertRates(same(rate), same(96), seconds);
    }
  });

  it('rejects other rates', () => {
    for (const rate of [0, 3, 24, 48])
      assert.throws(() => assertRates(same(rate), same(96), 3.5), /connections: \d+ a second, of 96 in 3\.5/);
    assert.throws(() => assertRates({ ...same(12), outPackets: 1 }, { ...same(96), outPackets: 0 }, 3.5));
  });
});

function same(number: number): ListedCounters {
  return { connections: number, inPackets: number, outPackets: number, inBytes: number, outBytes: number };
}

/** Returns a rate as `ip_vs_est_calculation` computes it, of `total` events at random times within some seconds. */
function estimated(total: number): { rate: number; seconds: number } {
  const duration = 6 * Math.random();
  const arrivals = Array.from({ length: total }, () => duration * Math.random());
  let [rate, known, moment] = [0, 0, 2 * Math.random()];
  while (known < total) {
    const now = arrivals.filter((time) => time <= moment).length;
    rate += ((now - known) * 512 - rate) >> 2;
    known = now;
    moment += 2;
  }
  return { rate: (rate + 511) >> 10, seconds: moment - 2 - Math.min(...arrivals) };
}
