import { columnOf } from '../../ipvs/bulk/counters.ts';
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
  readonly column: number;
  /** Index of the higher half; equal to `column` if there is none, or if it is not listed. */
  readonly highColumn: number;
  /** Smallest counter value that is abbreviated. */
  readonly cutFrom: number;
}

/** Returns the cell of services in a column of counters. */
export function serviceCell({ width, align, source }: Column, exact: boolean): Cell {
  if (source.kind !== 'counter') throw new TypeError(`services have no ${source.kind}`);
  const column = ServiceField.counters + columnOf(source.name);
  return { width, isRight: align === 'right', column, highColumn: column + 1, cutFrom: cutFrom(exact) };
}

/** Returns the cell of servers in a column of connection counts or counters. */
export function serverCell({ width, align, source }: Column, exact: boolean): Cell {
  const isRight = align === 'right';
  switch (source.kind) {
    case 'count': {
      const column = DestinationField[source.field];
      return { width, isRight, column, highColumn: column, cutFrom: Number.POSITIVE_INFINITY };
    }
    case 'counter': {
      const column = DestinationField.counters + columnOf(source.name);
      const highColumn = source.serverBits === 64 ? column + 1 : column;
      return { width, isRight, column, highColumn, cutFrom: cutFrom(exact) };
    }
    case 'setting':
      throw new TypeError('settings columns must precede number columns');
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
  { width, column, highColumn, cutFrom }: Cell,
): number {
  const low = (numbers[base + column] ?? 0) >>> 0;
  const high = highColumn === column ? 0 : (numbers[base + highColumn] ?? 0) >>> 0;
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
