import { Address } from './address.ts';

/** An address as the kernel's files under `/proc/net` write it: eight hexadecimal digits, or eight groups of four. */
export function parseHexAddress(text: string): Address {
  if (text.length === 8) return Address.fromWord(Number.parseInt(text, 16));
  return Address.from(Buffer.from(text.replaceAll(':', ''), 'hex'));
}
