import type { AttributeReader, MessageReader } from '../reader.ts';

/** The names and forms of the attributes that stand beside each other in a message, or inside one attribute. */
export interface AttributeSet {
  /** The kernel's name of each attribute, such as `IPVS_SVC_ATTR_AF`. */
  readonly names: ReadonlyMap<number, string>;
  /** The attributes inside an attribute. */
  readonly nested?: ReadonlyMap<number, AttributeSet>;
  /**
   * Returns the value of the attribute that `reader` stands on, for people; `undefined` where its form is not known. `all`
   * reads the attributes beside it anew, as the form of one may depend on another.
   */
  value?(reader: AttributeReader, all: () => AttributeReader): string | undefined;
}

/** Description of a message. */
export interface MessageDescription {
  /** The kernel's name of the command, such as `IPVS IPVS_CMD_NEW_SERVICE`. */
  readonly name: string;
  /** Bytes of the header before its attributes. */
  readonly headerLength: number;
  readonly attributes: AttributeSet;
}

/** Describes the message that the reader stands on; `undefined` for one of an unknown type. */
export type Describe = (message: MessageReader) => MessageDescription | undefined;

export const noAttributes: AttributeSet = { names: new Map() };

/** Returns the constants whose names begin with `prefix`, but not with `except`, by their values. */
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
