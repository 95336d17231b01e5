/** Units of a thousand each, largest first, and the counter value from which ipvsadm 1.31 uses them. */
export const counterUnits: readonly {
  readonly from: number;
  readonly divisor: number;
  readonly letter: string;
}[] = [
  { from: 100_000_000_000_000, divisor: 1_000_000_000_000, letter: 'T' },
  { from: 100_000_000_000, divisor: 1_000_000_000, letter: 'G' },
  { from: 1_000_000_000, divisor: 1_000_000, letter: 'M' },
  { from: 100_000_000, divisor: 1_000, letter: 'K' },
];

/** Formats a counter after a blank, in `width` columns: up to eight digits in full, larger ones in thousands (K) and so on. */
export function formatCounter(counter: bigint, width = 8): string {
  const unit = counterUnits.find(({ from }) => counter >= from);
  if (!unit) return formatExactCounter(counter, width);
  return `${counter / BigInt(unit.divisor)}`.padStart(width) + unit.letter;
}

/** Formats a counter with all digits, after a blank, in at least `width` columns. */
export function formatExactCounter(counter: bigint, width = 8): string {
  return ` ${counter.toString().padStart(width)}`;
}
