import { littleEndian } from '../../netlink/byte-order.ts';
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
import type { Counter, Stats } from '../model.ts';
import { u32Counter, u64 } from './field-types.ts';
import { type NumberRows, rowFields } from './row.ts';
import { type FieldType, Table } from './table.ts';
import { numberPlan } from './table-numbers.ts';

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

/** Where counters stand among those in a row of numbers, which has two for each. */
const counterAt = {
  connections: 0,
  inPackets: 2,
  outPackets: 4,
  inBytes: 6,
  outBytes: 8,
  connectionRate: 10,
  inPacketRate: 12,
  outPacketRate: 14,
  inByteRate: 16,
  outByteRate: 18,
} as const;

/** How many numbers of a row they are. */
export const countersLength = 20;

/** How counters are put into a row from that place on, where they have 64 bits and where they have 32; and their fields there. */
export function planCounters(firstPlace: number, firstBit: number) {
  const fields = rowFields(counterAt, { firstPlace, firstBit });
  return { fields, plan64: numberPlan(stats64Table, fields), plan32: numberPlan(stats32Table, fields) };
}

/** Counters that stand in rows of numbers: each is read when it is asked for. */
export class LentStats implements Stats {
  readonly #rows: NumberRows;
  readonly #first: number | undefined;
  #row = 0;

  /** Of rows in which they stand from `first` on; where there is no such place, to ask for one throws {@link RangeError}. */
  constructor(rows: NumberRows, first: number | undefined) {
    this.#rows = rows;
    this.#first = first;
  }

  /** Has it read those of that row. */
  turnTo(row: number): this {
    this.#row = row;
    return this;
  }

  get connections() {
    return BigInt(this.counter('connections'));
  }

  get inPackets() {
    return BigInt(this.counter('inPackets'));
  }

  get outPackets() {
    return BigInt(this.counter('outPackets'));
  }

  get inBytes() {
    return BigInt(this.counter('inBytes'));
  }

  get outBytes() {
    return BigInt(this.counter('outBytes'));
  }

  get connectionRate() {
    return BigInt(this.counter('connectionRate'));
  }

  get inPacketRate() {
    return BigInt(this.counter('inPacketRate'));
  }

  get outPacketRate() {
    return BigInt(this.counter('outPacketRate'));
  }

  get inByteRate() {
    return BigInt(this.counter('inByteRate'));
  }

  get outByteRate() {
    return BigInt(this.counter('outByteRate'));
  }

  /** A counter as a number where that has 32 bits, which costs nothing, else as a bigint. */
  counter(name: keyof Stats): Counter {
    const high = this.#half(name, 1);
    const low = this.#half(name, 0);
    return high === 0 ? low : (BigInt(high) << 32n) | BigInt(low);
  }

  /** The lower 32 bits of a counter. */
  low(name: keyof Stats): number {
    return this.#half(name, 0);
  }

  /** The lower half of a counter (0) or the upper one (1). Which stands first is as this machine has 64 bits in memory. */
  #half(name: keyof Stats, half: 0 | 1): number {
    if (this.#first === undefined) throw new RangeError('rows without counters');
    return this.#rows.get(this.#row, this.#first + counterAt[name] + (littleEndian ? half : 1 - half));
  }
}
