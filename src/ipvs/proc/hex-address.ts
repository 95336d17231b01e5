import { Address } from '../address.ts';

/** Parses an address as in the kernel's files under `/proc/net`: eight hexadecimal digits, or eight groups of four. */
export function parseHexAddress(text: string): Address {
  if (text.length === 8) return Address.fromWord(Number.parseInt(text, 16));
  return Address.from(Buffer.from(text.replaceAll(':', ''), 'hex'));
}

/** Returns the value of a hexadecimal digit, given as a character code; letters must be upper case. */
export function hexDigit(character: number): number {
  return character > 0x40 ? character - 0x37 : character - 0x30;
}
