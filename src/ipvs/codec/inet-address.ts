import { Address } from '../address.ts';
import type { FieldType } from './table.ts';

// The family of a `union nf_inet_addr` is said elsewhere. So tables have a row of each type for one attribute: that one is
// written or read which goes with the family.

/** Bytes of `union nf_inet_addr`. */
const unionLength = 16;

/** An IPv4 address in a `union nf_inet_addr`. What is missing of that the kernel takes for zeros (`nla_memcpy`, lib/nlattr.c). */
export const inetAddress: FieldType<Address> = {
  write: (writer, attribute, address) => writer.u32be(attribute, address.word(0) >>> 0),
  read: (reader) => Address.fromWord(reader.u32be()),
  number: 'u32be',
};

/** An IPv6 address in a `union nf_inet_addr`. */
export const inet6Address: FieldType<Address> = {
  write: (writer, attribute, { bytes }) => writer.binary(attribute, bytes),
  read: (reader) => Address.from(reader.binary(unionLength)),
  number: '4×u32be',
};
