import type { AttributeReader, MessageReader } from '../reader.ts';

/** Names and value formats of the attributes at one level: the top level of a message, or inside one attribute. */
export interface AttributeSet {
  /** The kernel's name of each attribute, such as `IPVS_SVC_ATTR_AF`. */
  readonly names: ReadonlyMap<number, string>;
  /** Attribute sets inside an attribute, by its number. */
  readonly nested?: ReadonlyMap<number, AttributeSet>;
  /**
   * Returns the value of the reader's current attribute, for people; `undefined` if its format is unknown. `all` returns a new
   * reader of the attributes at this level, because the format of one may depend on another.
   */
  value?(reader: AttributeReader, all: () => AttributeReader): string | undefined;
}

/** Description of a message. */
export interface MessageDescription {
  /** The kernel's name of the command, such as `IPVS IPVS_CMD_NEW_SERVICE`. */
  readonly name: string;
  /** Length in bytes of the family's header, which precedes the attributes. */
  readonly headerLength: number;
  readonly attributes: AttributeSet;
}

/** Describes the reader's current message; returns `undefined` for an unknown type. */
export type Describe = (message: MessageReader) => MessageDescription | undefined;

export const noAttributes: AttributeSet = { names: new Map() };

/** An enumeration under its name, as in `{ IPVS_CMD }`. */
export type NamedEnumeration = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

/** Returns the kernel's names of the members of an enumeration by their numbers, such as `IPVS_CMD_FLUSH`. */
export function namesOf(enumeration: NamedEnumeration): Map<number, string> {
  const names = new Map<number, string>();
  for (const [prefix, members] of Object.entries(enumeration)) {
    for (const [name, number] of Object.entries(members)) {
      if (typeof number === 'number') names.set(number, `${prefix}_${name}`);
    }
  }
  return names;
}
