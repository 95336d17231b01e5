/** A counter as a number, or as its digits where a number would not be exact: above 2⁵³ − 1. */
export function counterValue(counter: bigint): number | string {
  return counter <= Number.MAX_SAFE_INTEGER ? Number(counter) : counter.toString();
}
