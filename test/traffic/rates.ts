import assert from 'node:assert/strict';
import type { ListedCounters } from './counters.ts';

/** Seconds between two moments at which the kernel computes rates (`net/netfilter/ipvs/ip_vs_est.c`). */
const interval = 2;

/** How far each moment takes them to what went through since the last one. */
const weight = 1 / 4;

/** Rates are shown as whole numbers, and those of some servers together are off by as much each. */
const rounding = 1.5;

/**
 * Throws unless the rates are such as the kernel must have computed.
 *
 * @param traffic everything that went through so far
 * @param seconds since the first of it
 */
export function assertRates(rates: ListedCounters, traffic: ListedCounters, seconds: number): void {
  // Highest when all of it came right before the last moment; lowest when it came before the first, and has faded since.
  const highest = weight / interval;
  // There may be a moment at either end; and one late, with the next in time.
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
