/** Returns a number with its noun in singular or plural: `1 server`, `7 addresses`. */
export function counted(number: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${number} ${number === 1 ? noun : plural}`;
}
