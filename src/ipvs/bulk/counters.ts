import { IPVS_STATS_ATTR } from '../constants.ts';
import type { Stats } from '../model.ts';
import { stats64Schema } from '../schema/stats.ts';

/**
 * Number of 32-bit columns that hold counters: each 64-bit counter takes two, low half first, in the order of the kernel's
 * attributes.
 */
export const countersWidth = 2 * (IPVS_STATS_ATTR.OUTBPS - IPVS_STATS_ATTR.CONNS + 1);

/** Returns the first column of the counter in an attribute, within the counters of an entry. */
export function counterColumn(attribute: number): number {
  return 2 * (attribute - IPVS_STATS_ATTR.CONNS);
}

/** Returns the first column of a counter, within the counters of an entry. */
export function columnOf(counter: keyof Stats): number {
  const line = stats64Schema.reported.find(({ name }) => name === counter);
  if (!line) throw new TypeError(`unknown counter ${counter}`);
  return counterColumn(line.attribute);
}
