import {
  IPVS_STATS_ATTR_CONNS,
  IPVS_STATS_ATTR_CPS,
  IPVS_STATS_ATTR_INBPS,
  IPVS_STATS_ATTR_INBYTES,
  IPVS_STATS_ATTR_INPKTS,
  IPVS_STATS_ATTR_INPPS,
  IPVS_STATS_ATTR_OUTBPS,
  IPVS_STATS_ATTR_OUTBYTES,
  IPVS_STATS_ATTR_OUTPKTS,
  IPVS_STATS_ATTR_OUTPPS,
} from '../constants.ts';
import type { Stats } from '../model.ts';
import { u32Counter, u64 } from './field-types.ts';
import { type FieldType, type RecordOf, required, Table } from './table.ts';

/** Statistics whose counters, but those of bytes, are of type `counter`. */
function statsTable(counter: FieldType<bigint>) {
  return new Table({
    connections: [IPVS_STATS_ATTR_CONNS, counter],
    inPackets: [IPVS_STATS_ATTR_INPKTS, counter],
    outPackets: [IPVS_STATS_ATTR_OUTPKTS, counter],
    inBytes: [IPVS_STATS_ATTR_INBYTES, u64],
    outBytes: [IPVS_STATS_ATTR_OUTBYTES, u64],
    connectionRate: [IPVS_STATS_ATTR_CPS, counter],
    inPacketRate: [IPVS_STATS_ATTR_INPPS, counter],
    outPacketRate: [IPVS_STATS_ATTR_OUTPPS, counter],
    inByteRate: [IPVS_STATS_ATTR_INBPS, counter],
    outByteRate: [IPVS_STATS_ATTR_OUTBPS, counter],
  });
}

/** Inside `IPVS_SVC_ATTR_STATS64` and `IPVS_DEST_ATTR_STATS64`, since Linux 4.1. */
export const stats64Table = statsTable(u64);

/** Inside `IPVS_SVC_ATTR_STATS` and `IPVS_DEST_ATTR_STATS`, all that older kernels have. */
export const stats32Table = statsTable(u32Counter);

/** Either kind of statistics that the kernel sent, the 64-bit ones preferred. */
export function toStats(record: {
  readonly stats64?: (() => RecordOf<typeof stats64Table>) | undefined;
  readonly stats32?: (() => RecordOf<typeof stats32Table>) | undefined;
}): Stats {
  const stats = (record.stats64 ?? required(record, 'stats32'))();
  return {
    connections: required(stats, 'connections'),
    inPackets: required(stats, 'inPackets'),
    outPackets: required(stats, 'outPackets'),
    inBytes: required(stats, 'inBytes'),
    outBytes: required(stats, 'outBytes'),
    connectionRate: required(stats, 'connectionRate'),
    inPacketRate: required(stats, 'inPacketRate'),
    outPacketRate: required(stats, 'outPacketRate'),
    inByteRate: required(stats, 'inByteRate'),
    outByteRate: required(stats, 'outByteRate'),
  };
}
