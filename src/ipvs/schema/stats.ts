import { IPVS_STATS_ATTR } from '../constants.ts';
import type { Stats } from '../model.ts';
import { Schema } from './schema.ts';
import { u32Counter, u64, type WireType } from './wire-types.ts';

/** Makes the schema of counters of wire type `counter`; byte counters always have 64 bits. */
function statsSchema(counter: WireType<bigint>): Schema<Stats> {
  return new Schema<Stats>({
    name: 'stats',
    identity: {},
    settings: {},
    reported: {
      connections: [IPVS_STATS_ATTR.CONNS, counter],
      inPackets: [IPVS_STATS_ATTR.INPKTS, counter],
      outPackets: [IPVS_STATS_ATTR.OUTPKTS, counter],
      inBytes: [IPVS_STATS_ATTR.INBYTES, u64],
      outBytes: [IPVS_STATS_ATTR.OUTBYTES, u64],
      connectionRate: [IPVS_STATS_ATTR.CPS, counter],
      inPacketRate: [IPVS_STATS_ATTR.INPPS, counter],
      outPacketRate: [IPVS_STATS_ATTR.OUTPPS, counter],
      inByteRate: [IPVS_STATS_ATTR.INBPS, counter],
      outByteRate: [IPVS_STATS_ATTR.OUTBPS, counter],
    },
  });
}

/** Attributes inside `IPVS_SVC_ATTR_STATS64` and `IPVS_DEST_ATTR_STATS64`, since Linux 4.1. */
export const stats64Schema = statsSchema(u64);

/** Attributes inside `IPVS_SVC_ATTR_STATS` and `IPVS_DEST_ATTR_STATS`, the only counters that older kernels send. */
export const stats32Schema = statsSchema(u32Counter);

/** Wire type of an attribute that contains 64-bit counters. */
export const stats64 = nestedStats(stats64Schema);

/** Wire type of an attribute that contains 32-bit counters. */
export const stats32 = nestedStats(stats32Schema);

function nestedStats(schema: Schema<Stats>): WireType<Stats> {
  return {
    form: 'nested',
    expected: 'counters',
    fault: (value) => (typeof value === 'object' ? undefined : 'type'),
    read: (reader, family) => schema.read(reader.nested(), family),
    write: () => {
      throw new TypeError('counters cannot be written');
    },
  };
}
