import { NetlinkError } from '../../netlink/errors.ts';
import type { Family } from '../address.ts';
import { AF_INET, AF_INET6 } from '../constants.ts';
import type { FieldType, Rows, Table, Values } from './table.ts';

export const u8: FieldType<number> = {
  write: (writer, attribute, value) => writer.u8(attribute, value),
  read: (reader) => reader.u8(),
  number: 'u8',
};

export const u16: FieldType<number> = {
  write: (writer, attribute, value) => writer.u16(attribute, value),
  read: (reader) => reader.u16(),
  number: 'u16',
};

/** A `__be16`, such as a port. */
export const be16: FieldType<number> = {
  write: (writer, attribute, value) => writer.u16be(attribute, value),
  read: (reader) => reader.u16be(),
  number: 'u16be',
};

export const u32: FieldType<number> = {
  write: (writer, attribute, value) => writer.u32(attribute, value),
  read: (reader) => reader.u32(),
  number: 'u32',
};

export const u64: FieldType<bigint> = {
  write: (writer, attribute, value) => writer.u64(attribute, value),
  read: (reader) => reader.u64(),
  number: 'u64',
};

/** A counter that the kernel holds in 32 bits and this library, like all counters, in a `bigint`. */
export const u32Counter: FieldType<bigint> = {
  write: (writer, attribute, value) => writer.u32(attribute, Number(value)),
  read: (reader) => BigInt(reader.u32()),
  number: 'u32 as u64',
};

export const string: FieldType<string> = {
  write: (writer, attribute, value) => writer.string(attribute, value),
  read: (reader) => reader.string(),
  number: 'text',
};

/** `length` bytes as they are; when written, zeros are added to fewer. */
export function bytes(length: number): FieldType<Uint8Array> {
  return {
    write: (writer, attribute, value) => writer.binary(attribute, value, length),
    read: (reader) => reader.binary(length),
  };
}

/** `struct ip_vs_flags`: all bits are meant, so the mask is full. */
export const flags: FieldType<number> = {
  write: (writer, attribute, value) => {
    const struct = Uint32Array.of(value, 0xffffffff);
    writer.binary(attribute, new Uint8Array(struct.buffer));
  },
  // The mask that follows is full in answers, too.
  read: (reader) => reader.u32(),
  number: 'u32',
};

/** A number that stands for one of a few names. */
export function named<Name extends string>(
  number: FieldType<number>,
  numbers: Readonly<Record<Name, number>>,
): FieldType<Name> {
  return {
    ...(number.number && { number: number.number }),
    write: (writer, attribute, name) => number.write(writer, attribute, numbers[name]),
    read: (reader) => {
      const value = number.read(reader);
      const name = (Object.keys(numbers) as Name[]).find((name) => numbers[name] === value);
      if (name === undefined)
        throw new NetlinkError('MALFORMED', `unknown value ${value} of attribute ${reader.type}`);
      return name;
    },
  };
}

/** The numbers of address families. */
export const familyNumbers: Readonly<Record<Family, number>> = { inet: AF_INET, inet6: AF_INET6 };

/** An address family, in 16 bits as IPVS sends it. */
export const family = named(u16, familyNumbers);

/** An object inside an attribute. */
export function nested<R extends Rows>(table: Table<R>): FieldType<Values<R>> {
  return {
    write: (writer, attribute, record) => {
      writer.nested(attribute, () => table.encode(writer, record));
    },
    read: (reader) => table.decode(reader.nested()),
  };
}
