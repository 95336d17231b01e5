import { Address } from '../../ipvs/address.ts';
import type { Network } from '../source-nat.ts';

/** Parses an address, or one with the length of a prefix: `10.0.0.0/24`. Returns `undefined` for any other text. */
export function networkOf(text: string): Network | undefined {
  const [name = '', length, ...rest] = text.split('/');
  const address = Address.parse(name);
  if (!address || rest.length > 0) return undefined;
  const bits = 8 * address.bytes.length;
  const prefixLength = length === undefined ? bits : Number(length);
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && prefixLength <= bits);
  return isLength ? { address, prefixLength } : undefined;
}
