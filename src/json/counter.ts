/** Returns a counter as a number, or as a string of digits above 2⁵³ − 1, where a number would not be exact. */
export function counterValue(counter: bigint): number | string {
  return counter <= Number.MAX_SAFE_INTEGER ? Number(counter) : counter.toString();
}
