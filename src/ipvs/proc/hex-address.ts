import { Address } from '../address.ts';

/** An address as the kernel's files under `/proc/net` write it: eight hexadecimal digits, or eight groups of four. */
export function parseHexAddress(text: string): Address {
  if (text.length === 8) return Address.fromWord(Number.parseInt(text, 16));
  return Address.from(Buffer.from(text.replaceAll(':', ''), 'hex'));
}

/** The number that a hexadecimal digit stands for, of which the letters are capitals. */
export function hexDigit(character: number): number {
  return character > 0x40 ? character - 0x37 : character - 0x30;
}
