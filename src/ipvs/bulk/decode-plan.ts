import { littleEndian } from '../../netlink/byte-order.ts';
import { NLA_HDRLEN } from '../../netlink/constants.ts';
import type { SchemaLine } from '../schema/schema.ts';
import { stats32, stats64 } from '../schema/stats.ts';
import type { WireForm } from '../schema/wire-types.ts';

/** Step of the decoder for an attribute; a number, since a loop over millions of attributes switches on it. */
export enum Step {
  /** Passes the attribute over. */
  skip,
  /** Takes bits of the attribute's first word. */
  number,
  be16,
  address,
  name,
  counters32,
  counters64,
}

/** Least number of an attribute that is passed over, whatever it is. */
export const attributeLimit = 32;

/** Plan by which attributes of one kind of object become numbers of an entry: arrays by the number of the attribute. */
export interface DecodePlan {
  /** The attribute of a message that holds the object's attributes. */
  readonly wanted: number;
  readonly steps: Uint8Array;
  /** Place of the value in an entry. */
  readonly places: Uint8Array;
  /** Least bytes of an attribute, its header included. */
  readonly lengths: Uint8Array;
  /** Bits of a word before a number, and the bits that the number has then. */
  readonly shifts: Uint8Array;
  readonly masks: Int32Array;
  /** Place in an entry of the family, which says how long an address is. */
  readonly familyPlace: number;
  readonly addressPlace: number;
  /** Place in an entry of the bits of its attributes. */
  readonly foundPlace: number;
  readonly countersPlace: number;
  /** The bits of the attributes that every kernel sends. */
  readonly demanded: number;
}

/** The parts of a schema that a plan is made of. */
interface Planned {
  readonly name: string;
  readonly attribute: number | undefined;
  readonly lines: readonly SchemaLine[];
}

/**
 * Makes the plan for the objects of a schema. `places` has a place in an entry for each line of the schema, by its name, where
 * `tunnelType` stands for `tunnel.type`, and for `counters` and `found`.
 *
 * @throws {TypeError} where a line has no place.
 */
export function decodePlan(
  { name, attribute: wanted, lines }: Planned,
  places: Readonly<Record<string, unknown>>,
): DecodePlan {
  if (wanted === undefined) throw new TypeError(`no attribute holds a ${name}`);
  const placeOf = (field: string): number => {
    const place = places[field];
    if (typeof place === 'number') return place;
    throw new TypeError(`an entry has no place for the ${field} of a ${name}`);
  };
  const plan = {
    wanted,
    steps: new Uint8Array(attributeLimit),
    places: new Uint8Array(attributeLimit),
    lengths: new Uint8Array(attributeLimit),
    shifts: new Uint8Array(attributeLimit),
    masks: new Int32Array(attributeLimit),
    familyPlace: placeOf('family'),
    addressPlace: placeOf('address'),
    foundPlace: placeOf('found'),
    countersPlace: placeOf('counters'),
    demanded: 0,
  };
  for (const line of lines) {
    const { outer, key, attribute, type, or } = line;
    if (isAlwaysSent(line)) plan.demanded |= 1 << attribute;
    if (type === stats64 && or?.[1] === stats32) {
      plan.steps[attribute] = Step.counters64;
      plan.steps[or[0]] = Step.counters32;
      continue;
    }
    const form = forms[type.form];
    if (!form || attribute >= attributeLimit) throw new TypeError(`${name}.${line.name} cannot be decoded`);
    plan.steps[attribute] = form.step;
    plan.places[attribute] = placeOf(
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

/** Steps for values on the wire, and least bytes of these. */
const forms: Readonly<Partial<Record<WireForm, { readonly step: Step; readonly length: number }>>> = {
  u8: { step: Step.number, length: 1 },
  u16: { step: Step.number, length: 2 },
  be16: { step: Step.be16, length: 2 },
  u32: { step: Step.number, length: 4 },
  address: { step: Step.address, length: 16 },
  string: { step: Step.name, length: 0 },
};

/** Returns the bits that stand for attributes. */
export function bitsOf(attributes: readonly number[]): number {
  let bits = 0;
  for (const attribute of attributes) bits |= 1 << attribute;
  return bits;
}
