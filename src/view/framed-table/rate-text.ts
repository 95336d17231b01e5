const units = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/**
 * Formats a rate per second: below 10 with a decimal, up to five digits in full, larger ones with three digits in
 * thousands (K), millions (M) and so on; `exact` writes all digits.
 */
export function formatRate(perSecond: number, exact: boolean): string {
  if (exact || (perSecond >= 9.95 && perSecond < 99_999.5)) return String(Math.round(perSecond));
  if (perSecond < 9.95) return perSecond < 0.05 ? '0' : perSecond.toFixed(1);
  let value = perSecond;
  let unit = 0;
  // From 999.5 on, three digits would round to 1000.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(decimals)}${units[unit]}`;
}
