import { littleEndian } from '../../netlink/byte-order.ts';
import { NLA_HDRLEN } from '../../netlink/constants.ts';
import type { SchemaLine } from '../schema/schema.ts';
import { stats32, stats64 } from '../schema/stats.ts';
import type { WireForm } from '../schema/wire-types.ts';

/** Decoder action for an attribute; a number, because a loop over millions of attributes switches on it. */
export enum Step {
  /** Ignores the attribute. */
  skip,
  /** Extracts bits from the first 32-bit word of the value. */
  number,
  be16,
  address,
  name,
  counters32,
  counters64,
}

/** Lowest attribute number that the decoder always ignores. */
export const attributeLimit = 32;

/**
 * Plan for decoding the attributes of one kind of object into the columns of an entry. Arrays are indexed by attribute number.
 */
export interface DecodePlan {
  /** Attribute that contains those of the object. */
  readonly containerAttribute: number;
  readonly steps: Uint8Array;
  /** Column of the value. */
  readonly columns: Uint8Array;
  /** Minimum length of an attribute in bytes, including its header. */
  readonly lengths: Uint8Array;
  /** Right shift that extracts a number from its word, and the mask to apply afterwards. */
  readonly shifts: Uint8Array;
  readonly masks: Int32Array;
  /** Column of the family, which determines the length of an address. */
  readonly familyColumn: number;
  readonly addressColumn: number;
  /** Column of the bit set of attributes that were sent. */
  readonly sentBitsColumn: number;
  readonly countersColumn: number;
  /** Bit set of the attributes that every kernel sends. */
  readonly requiredBits: number;
}

/** The parts of a schema that a plan is made from. */
interface Planned {
  readonly name: string;
  readonly attribute: number | undefined;
  readonly lines: readonly SchemaLine[];
}

/**
 * Makes the plan for the objects of a schema. `columns` gives the column of each line of the schema by name (`tunnelType` for
 * `tunnel.type`), and those of `counters` and `sentBits`.
 *
 * @throws {TypeError} when a line has no column or cannot be decoded.
 */
export function decodePlan(
  { name, attribute: containerAttribute, lines }: Planned,
  columns: Readonly<Record<string, unknown>>,
): DecodePlan {
  if (containerAttribute === undefined) throw new TypeError(`no attribute holds a ${name}`);
  const columnOf = (field: string): number => {
    const column = columns[field];
    if (typeof column === 'number') return column;
    throw new TypeError(`an entry cannot hold the ${field} of a ${name}`);
  };
  const plan = {
    containerAttribute,
    steps: new Uint8Array(attributeLimit),
    columns: new Uint8Array(attributeLimit),
    lengths: new Uint8Array(attributeLimit),
    shifts: new Uint8Array(attributeLimit),
    masks: new Int32Array(attributeLimit),
    familyColumn: columnOf('family'),
    addressColumn: columnOf('address'),
    sentBitsColumn: columnOf('sentBits'),
    countersColumn: columnOf('counters'),
    requiredBits: 0,
  };
  for (const line of lines) {
    const { outer, key, attribute, type, or } = line;
    if (isAlwaysSent(line)) plan.requiredBits |= 1 << attribute;
    if (type === stats64 && or?.[1] === stats32) {
      plan.steps[attribute] = Step.counters64;
      plan.steps[or[0]] = Step.counters32;
      continue;
    }
    const form = forms[type.form];
    if (!form || attribute >= attributeLimit) throw new TypeError(`${name}.${line.name} cannot be decoded`);
    plan.steps[attribute] = form.step;
    plan.columns[attribute] = columnOf(
      outer === undefined ? key : outer + key.charAt(0).toUpperCase() + key.slice(1),
    );
    plan.lengths[attribute] = NLA_HDRLEN + form.length;
    if (form.step === Step.number) {
      const bits = 8 * form.length;
      plan.shifts[attribute] = littleEndian ? 0 : 32 - bits;
      plan.masks[attribute] = -1 >>> (32 - bits);
    }
  }
  return plan;
}

function isAlwaysSent({ optional, since }: SchemaLine): boolean {
  return !optional && since === undefined;
}

/** Decoder action and minimum value length in bytes of each wire form. */
const forms: Readonly<Partial<Record<WireForm, { readonly step: Step; readonly length: number }>>> = {
  u8: { step: Step.number, length: 1 },
  u16: { step: Step.number, length: 2 },
  be16: { step: Step.be16, length: 2 },
  u32: { step: Step.number, length: 4 },
  address: { step: Step.address, length: 16 },
  string: { step: Step.name, length: 0 },
};

/** Returns the bit set of attributes. */
export function bitsOf(attributes: readonly number[]): number {
  let bits = 0;
  for (const attribute of attributes) bits |= 1 << attribute;
  return bits;
}
