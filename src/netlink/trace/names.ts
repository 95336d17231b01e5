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

/** Returns the names of the constants that begin with `prefix`, but not with `except`, by their values. */
export function namesOf(
  constants: Readonly<Record<string, unknown>>,
  prefix: string,
  except?: string,
): Map<number, string> {
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value !== 'number' || !name.startsWith(prefix)) continue;
    if (except === undefined || !name.startsWith(except)) names.set(value, name);
  }
  return names;
}
