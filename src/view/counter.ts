import type { Counter } from '../ipvs/model.ts';
import type { LineWriter } from './line-writer.ts';

/** Units of a thousand each, and the counter from which the reference writes them. */
const units: readonly { readonly from: bigint; readonly divisor: bigint; readonly letter: string }[] = [
  { from: 100_000_000_000_000n, divisor: 1_000_000_000_000n, letter: 'T' },
  { from: 100_000_000_000n, divisor: 1_000_000_000n, letter: 'G' },
  { from: 1_000_000_000n, divisor: 1_000_000n, letter: 'M' },
  { from: 100_000_000n, divisor: 1_000n, letter: 'K' },
];

/** Writes a counter as {@link formatCounter} does, or with all its digits. */
export function writeCounter(writer: LineWriter, counter: Counter, exact: boolean): void {
  if (counter < 100_000_000) writer.rightCell(Number(counter), 9);
  else writer.text(exact ? formatExactCounter(BigInt(counter)) : formatCounter(BigInt(counter)));
}

/** A counter in nine columns: with up to eight digits as it is, above that cut to thousands (K) and so on. */
export function formatCounter(counter: bigint): string {
  if (counter < 100_000_000n) return String(counter).padStart(9);
  const unit = units.find(({ from }) => counter >= from);
  return unit ? `${counter / unit.divisor}`.padStart(8) + unit.letter : ` ${counter}`;
}

/** A counter with all its digits, in at least nine columns. */
export function formatExactCounter(counter: bigint): string {
  return ` ${counter.toString().padStart(8)}`;
}
