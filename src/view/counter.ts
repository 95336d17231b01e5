/** Units of a thousand each, and the counter from which ipvsadm 1.31 writes them; the largest first. */
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

/** A counter in a blank and `width` columns: with up to eight digits as it is, above that cut to thousands (K) and so on. */
export function formatCounter(counter: bigint, width = 8): string {
  const unit = counterUnits.find(({ from }) => counter >= from);
  if (!unit) return formatExactCounter(counter, width);
  return `${counter / BigInt(unit.divisor)}`.padStart(width) + unit.letter;
}

/** A counter with all its digits, behind a blank in at least `width` columns. */
export function formatExactCounter(counter: bigint, width = 8): string {
  return ` ${counter.toString().padStart(width)}`;
}
