import { platform } from '#platform';
import { placeOf } from '../../ipvs/bulk/counters.ts';
import { type DestinationArray, DestinationField } from '../../ipvs/bulk/destination-array.ts';
import { ServiceField } from '../../ipvs/bulk/service-array.ts';
import { counterUnits, formatCounter, formatExactCounter } from '../counter.ts';
import type { Column } from '../listing/columns.ts';
import { blank, digitsOf, padTo, writeAscii, writeDecimal, zero } from './line-buffer.ts';
import { SettingsTexts } from './settings-texts.ts';

const NUMBER = 0;
const TEXT = 1;
const COUNTER = 2;

/** The cells of a column, as they are written from the numbers of an entry. */
export interface Cell {
  readonly kind: typeof NUMBER | typeof TEXT | typeof COUNTER;
  readonly width: number;
  readonly isRight: boolean;
  /** Where the number stands in an entry, or the lower half of the counter. */
  readonly place: number;
  /** Whether all that is listed of the counter is its lower half. */
  readonly isHalf: boolean;
  /** Whether a counter has all its digits. */
  readonly exact: boolean;
  readonly texts: SettingsTexts | undefined;
}

/** The cells of services in a column, which has counters. */
export function serviceCell({ width, align, source }: Column, exact: boolean): Cell {
  if (source.kind !== 'counter') throw new TypeError(`services have no ${source.kind}`);
  const place = ServiceField.counters + placeOf(source.name);
  return { kind: COUNTER, width, isRight: align === 'right', place, isHalf: false, exact, texts: undefined };
}

/** The cells of servers in a column. */
export function serverCell(column: Column, exact: boolean, servers: DestinationArray): Cell {
  const { width, align, source } = column;
  const isRight = align === 'right';
  const cell = { width, isRight, place: 0, isHalf: false, exact, texts: undefined };
  switch (source.kind) {
    case 'number':
      return { ...cell, kind: NUMBER, place: DestinationField[source.field] };
    case 'counter': {
      const place = DestinationField.counters + placeOf(source.name);
      return { ...cell, kind: COUNTER, place, isHalf: source.serverBits === 32 };
    }
    case 'forward': {
      const texts = new SettingsTexts(DestinationField.forwarding, DestinationField.weight, (base) => {
        const content = source.text(servers.settings(base));
        return ` ${isRight ? content.padStart(width) : content.padEnd(width)}`;
      });
      return { ...cell, kind: TEXT, texts };
    }
  }
}

/** Writes cells of the entry that begins at `base`, into `bytes` from `at` on; returns where they end. */
export function writeCells(
  bytes: Uint8Array,
  at: number,
  cells: readonly Cell[],
  numbers: Uint32Array,
  base: number,
): number {
  let to = at;
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index];
    if (!cell) break;
    if (cell.kind === TEXT) {
      const text = cell.texts?.find(numbers, base);
      if (!text) break;
      bytes.set(text, to);
      to += text.length;
      continue;
    }
    const value = numbers[base + cell.place] ?? 0;
    if (cell.kind === COUNTER) {
      const high = cell.isHalf ? 0 : (numbers[base + cell.place + 1] ?? 0);
      if (high !== 0 || (value >= leastWithUnit && !cell.exact)) {
        to = writeLongCounter(bytes, to, value, high, cell);
        continue;
      }
    }
    const { width } = cell;
    bytes[to++] = blank;
    if (value < 10) {
      // Most numbers of most tables have one digit.
      bytes.fill(blank, to, to + width);
      bytes[cell.isRight ? to + width - 1 : to] = zero + value;
      to += width;
    } else if (cell.isRight) {
      to = writeDecimal(bytes, padTo(bytes, to, to + width - digitsOf(value)), value);
    } else {
      to = padTo(bytes, writeDecimal(bytes, to, value), to + width);
    }
  }
  return to;
}

/** The least counter that is cut where not all digits are wanted. */
const leastWithUnit = Math.min(...counterUnits.map(({ from }) => from));

/** Writes a counter that is cut, or has more than 32 bits. */
function writeLongCounter(
  bytes: Uint8Array,
  at: number,
  low: number,
  high: number,
  { width, exact }: Cell,
): number {
  const counter = high * 2 ** 32 + low;
  if (exact || !Number.isSafeInteger(counter)) {
    const exactly = (BigInt(high) << 32n) | BigInt(low);
    const text = exact ? formatExactCounter(exactly, width) : formatCounter(exactly, width);
    return writeAscii(bytes, at, text);
  }
  let to = at;
  for (const { from, divisor, letter } of counterUnits) {
    if (counter < from) continue;
    const cut = Math.floor(counter / divisor);
    to = writeDecimal(bytes, padTo(bytes, to, to + width - digitsOf(cut)), cut);
    return writeAscii(bytes, to, letter);
  }
  return to;
}

platform.tuneForBulk(writeCells);
