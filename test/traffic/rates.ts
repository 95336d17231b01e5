import assert from 'node:assert/strict';
import type { ListedCounters } from './counters.ts';

/** Seconds between two estimations of rates by the kernel (`net/netfilter/ipvs/ip_vs_est.c`). */
const interval = 2;

/** Weight of the traffic since the last estimation in the new rate. */
const weight = 1 / 4;

/** Tolerance for rounding: rates are shown as whole numbers, and the errors of servers add up. */
const rounding = 1.5;

/**
 * Throws unless the kernel can have estimated these rates.
 *
 * @param traffic all traffic so far
 * @param seconds time since the first of that traffic
 */
export function assertRates(rates: ListedCounters, traffic: ListedCounters, seconds: number): void {
  // Highest if all traffic came right before the last estimation; lowest if it came before the first, and has decayed.
  const highest = weight / interval;
  // There may be an estimation at either end; and one may be late, with the next one on time.
  const moments = Math.floor(seconds / interval) + 2;
  const lowest = highest * (1 - weight) ** (moments - 1);
  for (const kind of Object.keys(traffic) as (keyof ListedCounters)[]) {
    const [rate, total] = [rates[kind], traffic[kind]];
    if (total === 0) assert.equal(rate, 0, kind);
    else
      assert.ok(
        rate >= lowest * total - rounding && rate <= highest * total + rounding,
        `${kind}: ${rate} a second, of ${total} in ${seconds.toFixed(1)} seconds`,
      );
  }
}
