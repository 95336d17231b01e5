import { Address } from '../address.ts';

/** An address as the kernel's files under `/proc/net` write it: eight hexadecimal digits, or eight groups of four. */
export function parseHexAddress(text: string): Address {
  if (text.length === 8) return Address.fromWord(Number.parseInt(text, 16));
  return Address.from(Buffer.from(text.replaceAll(':', ''), 'hex'));
}

/** The number that two hexadecimal digits make, of which the letters are capitals. */
export function hexByte(bytes: Uint8Array, at: number): number {
  return 16 * digit(bytes[at] ?? 0) + digit(bytes[at + 1] ?? 0);
}

/** The number that four of them make. */
export function hexHalfWord(bytes: Uint8Array, at: number): number {
  return 256 * hexByte(bytes, at) + hexByte(bytes, at + 2);
}

/** The number of 32 bits, with a sign, that eight of them make. */
export function hexWord(bytes: Uint8Array, at: number): number {
  return (hexHalfWord(bytes, at) << 16) | hexHalfWord(bytes, at + 4);
}

function digit(character: number): number {
  return character > 0x40 ? character - 0x37 : character - 0x30;
}
