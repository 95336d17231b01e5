import { readFileSync } from 'node:fs';
import type { Stats } from '../model.ts';

const totalsFile = '/proc/net/ip_vs_stats';

/** Counters of all services together, including removed ones. */
export type Totals = Pick<Stats, 'connections' | 'inPackets' | 'outPackets' | 'inBytes' | 'outBytes'>;

/**
 * Reads the totals of this network namespace from `/proc/net/ip_vs_stats` (`net/netfilter/ipvs/ip_vs_ctl.c`): hexadecimal
 * numbers below two heading lines. Throws the errors of open(2) and read(2).
 */
export function readTotals(path = totalsFile): Totals {
  const numbers = (readFileSync(path, 'latin1').split('\n')[2] ?? '').split(' ').filter(Boolean);
  const [connections = 0n, inPackets = 0n, outPackets = 0n, inBytes = 0n, outBytes = 0n] = numbers.map(
    (digits) => BigInt(`0x${digits}`),
  );
  return { connections, inPackets, outPackets, inBytes, outBytes };
}
