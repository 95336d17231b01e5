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

/** What has either kind of statistics, of which the 64-bit ones are preferred. */
interface StatsRecord {
  readonly stats64?: RecordOf<typeof stats64Table> | undefined;
  readonly stats32?: RecordOf<typeof stats32Table> | undefined;
}

/** The statistics that an answer tells; each counter is read when it is asked for, as long as the record is valid. */
export class LentStats implements Stats {
  #stats: RecordOf<typeof stats64Table> = {};

  /** Has it tell those in `record` from now on. */
  turnTo(record: StatsRecord): this {
    this.#stats = record.stats64 ?? required(record.stats32, 'statistics');
    return this;
  }

  get connections() {
    return required(this.#stats.connections, 'connections');
  }

  get inPackets() {
    return required(this.#stats.inPackets, 'inPackets');
  }

  get outPackets() {
    return required(this.#stats.outPackets, 'outPackets');
  }

  get inBytes() {
    return required(this.#stats.inBytes, 'inBytes');
  }

  get outBytes() {
    return required(this.#stats.outBytes, 'outBytes');
  }

  get connectionRate() {
    return required(this.#stats.connectionRate, 'connectionRate');
  }

  get inPacketRate() {
    return required(this.#stats.inPacketRate, 'inPacketRate');
  }

  get outPacketRate() {
    return required(this.#stats.outPacketRate, 'outPacketRate');
  }

  get inByteRate() {
    return required(this.#stats.inByteRate, 'inByteRate');
  }

  get outByteRate() {
    return required(this.#stats.outByteRate, 'outByteRate');
  }
}

/** The same, all read. */
export function copyStats(stats: Stats): Stats {
  return {
    connections: stats.connections,
    inPackets: stats.inPackets,
    outPackets: stats.outPackets,
    inBytes: stats.inBytes,
    outBytes: stats.outBytes,
    connectionRate: stats.connectionRate,
    inPacketRate: stats.inPacketRate,
    outPacketRate: stats.outPacketRate,
    inByteRate: stats.inByteRate,
    outByteRate: stats.outByteRate,
  };
}
