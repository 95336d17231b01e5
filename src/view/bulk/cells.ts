import { placeOf } from '../../ipvs/bulk/counters.ts';
import { DestinationField } from '../../ipvs/bulk/destination-array.ts';
import { ServiceField } from '../../ipvs/bulk/service-array.ts';
import { counterUnits, formatCounter, formatExactCounter } from '../counter.ts';
import type { Column } from '../listing/columns.ts';
import { padTo, writeAscii } from './line-buffer.ts';

/** A column of numbers, with the positions of these numbers in an entry. */
export interface Cell {
  readonly width: number;
  readonly isRight: boolean;
  /** Index in an entry of the number, or of the lower half of a counter. */
  readonly place: number;
  /** Index of the higher half; equal to `place` if there is none, or if it is not listed. */
  readonly highPlace: number;
  /** Smallest counter value that is abbreviated. */
  readonly cutFrom: number;
}

/** Returns the cell of services in a column of counters. */
export function serviceCell({ width, align, source }: Column, exact: boolean): Cell {
  if (source.kind !== 'counter') throw new TypeError(`services have no ${source.kind}`);
  const place = ServiceField.counters + placeOf(source.name);
  return { width, isRight: align === 'right', place, highPlace: place + 1, cutFrom: cutFrom(exact) };
}

/** Returns the cell of servers in a column of connection counts or counters. */
export function serverCell({ width, align, source }: Column, exact: boolean): Cell {
  const isRight = align === 'right';
  switch (source.kind) {
    case 'count': {
      const place = DestinationField[source.field];
      return { width, isRight, place, highPlace: place, cutFrom: Number.POSITIVE_INFINITY };
    }
    case 'counter': {
      const place = DestinationField.counters + placeOf(source.name);
      const highPlace = source.serverBits === 64 ? place + 1 : place;
      return { width, isRight, place, highPlace, cutFrom: cutFrom(exact) };
    }
    case 'setting':
      throw new TypeError('a column of settings stands behind one of numbers');
  }
}

function cutFrom(exact: boolean): number {
  return exact ? Number.POSITIVE_INFINITY : Math.min(...counterUnits.map(({ from }) => from));
}

/**
 * Writes a counter that is abbreviated or has more than 32 bits into `bytes` at `at`; returns the end offset. The counter's
 * entry begins at `base`.
 */
export function writeLongCounter(
  bytes: Uint8Array,
  at: number,
  numbers: Int32Array,
  base: number,
  { width, place, highPlace, cutFrom }: Cell,
): number {
  const low = (numbers[base + place] ?? 0) >>> 0;
  const high = highPlace === place ? 0 : (numbers[base + highPlace] ?? 0) >>> 0;
  const counter = high * 2 ** 32 + low;
  const exact = cutFrom === Number.POSITIVE_INFINITY;
  const unit = counterUnits.find(({ from }) => counter >= from);
  if (exact || !unit || !Number.isSafeInteger(counter)) {
    const exactly = (BigInt(high) << 32n) | BigInt(low);
    const text = exact ? formatExactCounter(exactly, width) : formatCounter(exactly, width);
    return writeAscii(bytes, at, text);
  }
  const cut = String(Math.floor(counter / unit.divisor));
  return writeAscii(bytes, padTo(bytes, at, at + width - cut.length), cut + unit.letter);
}
