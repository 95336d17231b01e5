import { Address, type Family } from '../address.ts';
import { bytes } from './field-types.ts';

/** Bytes of `struct in6_addr`, and of `union nf_inet_addr`, which has room for either family. */
const inet6Length = 16;

/** A `union nf_inet_addr`: the family is said elsewhere. */
export const unionAddress = bytes(inet6Length);

/** The address of `family` that a `union nf_inet_addr` holds. */
export function fromUnion(family: Family, union: Uint8Array): Address {
  return Address.fromUnion(family, union);
}
