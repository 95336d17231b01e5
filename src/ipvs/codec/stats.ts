import { littleEndian } from '../../netlink/byte-order.ts';
import type { NumberPlan } from '../../netlink/numbers.ts';
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
import { rowFields } from './row.ts';
import { type FieldType, Table } from './table.ts';

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

/**
 * Has `plan` put counters into a row, from that place on; gives their fields. `attributes` are those of either kind of
 * statistics: both may be sent, the longer ones last, which stay.
 */
export function planCounters(
  plan: NumberPlan,
  attributes: { readonly stats32: number; readonly stats64: number },
  firstPlace: number,
  firstBit: number,
) {
  const counters = rowFields(counterAt, { firstPlace, firstBit });
  plan.addNested(attributes.stats32, stats32Table.numberPlan(counters));
  plan.addNested(attributes.stats64, stats64Table.numberPlan(counters));
  return counters;
}

/** Counters that stand in a row of numbers: each is read when it is asked for. */
export class LentStats implements Stats {
  #row: Uint32Array = new Uint32Array();
  #first = 0;

  /** Has it read those that stand in `row` from `first` on. */
  turnTo(row: Uint32Array, first: number): this {
    this.#row = row;
    this.#first = first;
    return this;
  }

  get connections() {
    return this.#at(counterAt.connections);
  }

  get inPackets() {
    return this.#at(counterAt.inPackets);
  }

  get outPackets() {
    return this.#at(counterAt.outPackets);
  }

  get inBytes() {
    return this.#at(counterAt.inBytes);
  }

  get outBytes() {
    return this.#at(counterAt.outBytes);
  }

  get connectionRate() {
    return this.#at(counterAt.connectionRate);
  }

  get inPacketRate() {
    return this.#at(counterAt.inPacketRate);
  }

  get outPacketRate() {
    return this.#at(counterAt.outPacketRate);
  }

  get inByteRate() {
    return this.#at(counterAt.inByteRate);
  }

  get outByteRate() {
    return this.#at(counterAt.outByteRate);
  }

  /** Of its two numbers the lower one stands where this machine has it in one of 64 bits. */
  #at(place: number): bigint {
    const low = this.#row[this.#first + place + (littleEndian ? 0 : 1)] ?? 0;
    const high = this.#row[this.#first + place + (littleEndian ? 1 : 0)] ?? 0;
    return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
  }
}

/** Counters, which may be lent, as ones to keep. */
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
