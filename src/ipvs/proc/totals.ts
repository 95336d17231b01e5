import { readFileSync } from 'node:fs';
import type { Stats } from '../model.ts';

const totalsFile = '/proc/net/ip_vs_stats';

/** The counters of all services together, those of services that are gone among them. */
export type Totals = Pick<Stats, 'connections' | 'inPackets' | 'outPackets' | 'inBytes' | 'outBytes'>;

/**
 * The totals of this network namespace as `/proc/net/ip_vs_stats` has them (`net/netfilter/ipvs/ip_vs_ctl.c`): the
 * numbers, in hexadecimal, stand below two lines of headings. Throws what open(2) and read(2) do.
 */
export function readTotals(path = totalsFile): Totals {
  const numbers = (readFileSync(path, 'latin1').split('\n')[2] ?? '').split(' ').filter(Boolean);
  const [connections = 0n, inPackets = 0n, outPackets = 0n, inBytes = 0n, outBytes = 0n] = numbers.map(
    (digits) => BigInt(`0x${digits}`),
  );
  return { connections, inPackets, outPackets, inBytes, outBytes };
}
