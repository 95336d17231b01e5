import { AF_INET, AF_INET6 } from '../../netlink/constants.ts';
import { NetlinkError } from '../../netlink/errors.ts';
import type { AttributeReader } from '../../netlink/reader.ts';
import type { MessageWriter } from '../../netlink/writer.ts';
import { Address, type Family } from '../address.ts';
import { isProtocol, type Protocol, protocolNumber, protocolOf } from '../protocol.ts';

/** Encoding of a value. Numbers are in host order, or in network order with the prefix `be`. */
export type WireForm = 'u8' | 'u16' | 'be16' | 'u32' | 'u64' | 'address' | 'string' | 'nested';

/** Encoding of values of type `V` in an attribute. */
export interface WireType<V> {
  readonly form: WireForm;
  /** Phrase for error messages that describes the allowed values: `a whole number from 0 to 255`. */
  readonly expected: string;
  /**
   * Returns `type` for a value of the wrong type, `range` for one that the attribute cannot hold, and `undefined` for a valid
   * one.
   */
  fault(value: unknown): 'type' | 'range' | undefined;
  /** Reads the value of the current attribute of `reader`, in an object whose addresses are of `family`. */
  read(reader: AttributeReader, family: Family): V;
  write(writer: MessageWriter, attribute: number, value: V, family: Family): void;
}

export const u8 = plainNumber(0xff, 'u8', 'u8');
export const u16 = plainNumber(0xffff, 'u16', 'u16');
/** A `__be16`, such as a port. */
export const be16 = plainNumber(0xffff, 'be16', 'u16be');
export const u32 = plainNumber(0xffffffff, 'u32', 'u32');

/** Returns the type of whole numbers from `lowest` to `highest` that are encoded like those of `wire`. */
export function within(lowest: number, highest: number, wire: WireType<number>): WireType<number> {
  return wholeNumber(highest, wire.form, wire, lowest);
}

/** `struct ip_vs_flags`: the bits, then a mask of the bits that apply, which is all ones in requests and answers. */
export const flags = wholeNumber(0xffffffff, 'u32', {
  read: (reader) => reader.u32(),
  write: (writer, attribute, value) => {
    writer.binary(attribute, new Uint8Array(Uint32Array.of(value, 0xffffffff).buffer));
  },
});

/** Granularity of persistence: a `__be32` mask for `inet`, a prefix length in host order for `inet6`. */
export const netmask = wholeNumber(0xffffffff, 'u32', {
  read: (reader, family) => (family === 'inet' ? reader.u32be() : reader.u32()),
  write: (writer, attribute, value, family) => {
    if (family === 'inet') writer.u32be(attribute, value);
    else writer.u32(attribute, value);
  },
});

/** A 64-bit counter. */
export const u64 = counter(64n, 'u64', {
  read: (reader) => reader.u64(),
  write: (writer, attribute, value) => writer.u64(attribute, value),
});

/** A counter that older kernels send in 32 bits. */
export const u32Counter = counter(32n, 'u32', {
  read: (reader) => BigInt(reader.u32()),
  write: (writer, attribute, value) => writer.u32(attribute, Number(value)),
});

/** NUL-terminated UTF-8. */
export const string: WireType<string> = {
  form: 'string',
  expected: 'a string without NUL',
  fault: (value) => {
    if (typeof value !== 'string') return 'type';
    return value.includes('\0') ? 'range' : undefined;
  },
  read: (reader) => reader.string(),
  write: (writer, attribute, value) => writer.string(attribute, value),
};

/** Makes the type of an enumeration: names that are encoded as numbers of type `wire`. */
export function named<Name extends string>(
  wire: WireType<number>,
  numbers: Readonly<Record<Name, number>>,
): WireType<Name> {
  const names = namesByNumber(numbers);
  return {
    form: wire.form,
    get expected() {
      return `one of ${Object.keys(numbers).join(', ')}`;
    },
    fault: (value) => (typeof value === 'string' && Object.hasOwn(numbers, value) ? undefined : 'type'),
    read: (reader, family) => {
      const number = wire.read(reader, family);
      const name = names[number];
      if (name !== undefined) return name;
      throw new NetlinkError('MALFORMED', `unknown value ${number} of attribute ${reader.type}`);
    },
    write: (writer, attribute, name, family) => wire.write(writer, attribute, numbers[name], family),
  };
}

/** Returns the names as an array indexed by their numbers. */
export function namesByNumber<Name extends string>(numbers: Readonly<Record<Name, number>>): readonly Name[] {
  const names: Name[] = [];
  for (const name in numbers) names[numbers[name]] = name;
  return names;
}

/** `AF_*` numbers of the address families. */
export const familyNumbers: Readonly<Record<Family, number>> = { inet: AF_INET, inet6: AF_INET6 };

/** An address family, in 16 bits as IPVS sends it. */
export const family = named(u16, familyNumbers);

/** A protocol, in 16 bits as IPVS sends it. */
export const protocol: WireType<Protocol> = {
  form: 'u16',
  expected: 'tcp, udp, sctp, or ip_ followed by a number',
  fault: (value) => (typeof value === 'string' && isProtocol(value) ? undefined : 'type'),
  read: (reader) => protocolOf(reader.u16()),
  write: (writer, attribute, value) => writer.u16(attribute, protocolNumber(value)),
};

/** Bytes of `union nf_inet_addr`. */
const unionLength = 16;

/**
 * An IPv4 address: four bytes of a `union nf_inet_addr`, whose missing bytes the kernel takes as zeros (`nla_memcpy`,
 * lib/nlattr.c).
 */
export const inetAddress: WireType<Address> = addressType(['inet'], {
  read: (reader) => Address.fromWord(reader.u32be()),
  write: (writer, attribute, value) => writer.u32be(attribute, value.word(0) >>> 0),
});

/** An IPv6 address. */
export const inet6Address: WireType<Address> = addressType(['inet6'], {
  read: (reader) => Address.from(reader.binary(unionLength)),
  write: (writer, attribute, { bytes }) => writer.binary(attribute, bytes),
});

/** A `union nf_inet_addr`, whose family is in another attribute. */
export const address: WireType<Address> = addressType(['inet', 'inet6'], {
  read: (reader, family) => (family === 'inet' ? inetAddress : inet6Address).read(reader, family),
  write: (writer, attribute, value, family) =>
    (value.family === 'inet' ? inetAddress : inet6Address).write(writer, attribute, value, family),
});

type Codec<V> = Pick<WireType<V>, 'read' | 'write'>;

/** A number that the method `method` of readers and writers reads and writes. */
function plainNumber(highest: number, form: WireForm, method: 'u8' | 'u16' | 'u16be' | 'u32') {
  return wholeNumber(highest, form, {
    read: (reader) => reader[method](),
    write: (writer, attribute, value) => writer[method](attribute, value),
  });
}

function wholeNumber(
  highest: number,
  form: WireForm,
  { read, write }: Codec<number>,
  lowest = 0,
): WireType<number> {
  return {
    read,
    write,
    form,
    get expected() {
      return `a whole number from ${lowest} to ${highest}`;
    },
    fault: (value) => {
      if (typeof value !== 'number') return 'type';
      return Number.isInteger(value) && value >= lowest && value <= highest ? undefined : 'range';
    },
  };
}

function counter(bits: bigint, form: WireForm, codec: Codec<bigint>): WireType<bigint> {
  return {
    ...codec,
    form,
    expected: `a bigint of ${bits} bits`,
    fault: (value) => {
      if (typeof value !== 'bigint') return 'type';
      return value >= 0n && value >> bits === 0n ? undefined : 'range';
    },
  };
}

function addressType(families: readonly Family[], codec: Codec<Address>): WireType<Address> {
  return {
    ...codec,
    form: 'address',
    expected: 'an Address, such as Address.of("10.0.0.1")',
    fault: (value) => (value instanceof Address && families.includes(value.family) ? undefined : 'type'),
  };
}
