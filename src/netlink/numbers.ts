import { align, littleEndian } from './byte-order.ts';
import { NLA_HDRLEN, NLA_TYPE_MASK } from './constants.ts';
import { NetlinkError } from './errors.ts';
import type { MessageWriter } from './writer.ts';

// The codes of kinds in a plan; 0 is that of what is passed over.
const U8 = 1;
const U16 = 2;
const U16_BE = 3;
const U32 = 4;
const U32_BE = 5;
const U32_BE_4 = 6;
const U64 = 7;
const U32_AS_U64 = 8;
const TEXT = 9;
/** Stands for attributes that are inside another. */
const NESTED = 10;

/** How an attribute holds numbers that are put into a row. */
export type NumberKind = keyof typeof kinds;

/** What the kinds are called in a plan, and how many bytes a value has at least. */
const kinds = {
  u8: { code: U8, length: 1 },
  u16: { code: U16, length: 2 },
  /** In network order. */
  u16be: { code: U16_BE, length: 2 },
  u32: { code: U32, length: 4 },
  /** In network order. */
  u32be: { code: U32_BE, length: 4 },
  /** As four numbers in network order. */
  '4×u32be': { code: U32_BE_4, length: 16 },
  /** As two numbers, whose bytes are those of the one of 64 bits. */
  u64: { code: U64, length: 8 },
  /** Of 32 bits, where others have 64. */
  'u32 as u64': { code: U32_AS_U64, length: 4 },
  /** Not itself, but its position and length: it is read with `readText` as long as the message is valid. */
  text: { code: TEXT, length: 0 },
} as const;

/**
 * Which attributes are put into a row of numbers, and where in it. They are read in one loop, as an object for each would
 * cost more than all else where there are tens of thousands of them.
 */
export class NumberPlan {
  /** By the attribute's number: the code of its kind, or 0 for one that is passed over. */
  readonly codes: number[] = [];
  readonly lengths: number[] = [];
  readonly places: number[] = [];
  /** By the attribute's number: what tells that it was there. */
  readonly bits: number[] = [];
  readonly inside: NumberPlan[] = [];

  /** Has an attribute put into that place; a bit of `bits` tells that it was there. */
  add(attribute: number, kind: NumberKind, place: number, bits: number): this {
    return this.#set(attribute, kinds[kind].code, kinds[kind].length, place, bits);
  }

  /** Has the attributes inside one put where `plan` says. */
  addNested(attribute: number, plan: NumberPlan): this {
    this.inside[attribute] = plan;
    return this.#set(attribute, NESTED, 0, 0, 0);
  }

  #set(attribute: number, code: number, length: number, place: number, bits: number): this {
    while (this.codes.length <= attribute) {
      this.codes.push(0);
      this.lengths.push(0);
      this.places.push(0);
      this.bits.push(0);
    }
    this.codes[attribute] = code;
    this.lengths[attribute] = length;
    this.places[attribute] = place;
    this.bits[attribute] = bits;
    return this;
  }
}

/**
 * Puts numbers of the attributes from `start` to `end` into `row`, from `base` on, where `plan` says. Gives the bits of those
 * that were there; what belongs to others stays as it is. Throws {@link NetlinkError} (`MALFORMED`) as reading them one by one does.
 */
export function readNumbers(
  view: DataView,
  start: number,
  end: number,
  plan: NumberPlan,
  row: Uint32Array,
  base: number,
): number {
  const { codes, lengths, places, bits } = plan;
  let found = 0;
  for (let at = start; at < end; ) {
    const left = end - at;
    if (left < NLA_HDRLEN) throw malformed(`${left} bytes are no attribute header`);
    const length = view.getUint16(at, littleEndian);
    if (length < NLA_HDRLEN || length > left) throw malformed(`attribute of ${length} bytes in ${left}`);
    const type = view.getUint16(at + 2, littleEndian) & NLA_TYPE_MASK;
    const code = type < codes.length ? (codes[type] ?? 0) : 0;
    const value = at + NLA_HDRLEN;
    if (code === NESTED) {
      const inside = plan.inside[type];
      if (inside) found |= readNumbers(view, value, at + length, inside, row, base);
    } else if (code !== 0) {
      const wanted = lengths[type] ?? 0;
      if (length - NLA_HDRLEN < wanted) {
        throw malformed(`attribute ${type} has ${length - NLA_HDRLEN} bytes, not ${wanted}`);
      }
      found |= bits[type] ?? 0;
      put(view, value, length - NLA_HDRLEN, code, row, base + (places[type] ?? 0));
    }
    at += align(length);
  }
  return found;
}

/** Puts the value that stands at `at`, by the code of its kind. */
function put(
  view: DataView,
  at: number,
  length: number,
  code: number,
  row: Uint32Array,
  place: number,
): void {
  switch (code) {
    case U8:
      row[place] = view.getUint8(at);
      break;
    case U16:
      row[place] = view.getUint16(at, littleEndian);
      break;
    case U16_BE:
      row[place] = view.getUint16(at);
      break;
    case U32:
      row[place] = view.getUint32(at, littleEndian);
      break;
    case U32_BE:
      row[place] = view.getUint32(at);
      break;
    case U32_BE_4:
      for (let index = 0; index < 4; index++) row[place + index] = view.getUint32(at + 4 * index);
      break;
    case U64:
      row[place] = view.getUint32(at, littleEndian);
      row[place + 1] = view.getUint32(at + 4, littleEndian);
      break;
    case U32_AS_U64:
      row[place + (littleEndian ? 0 : 1)] = view.getUint32(at, littleEndian);
      row[place + (littleEndian ? 1 : 0)] = 0;
      break;
    case TEXT:
      row[place] = at;
      row[place + 1] = length;
      break;
  }
}

/** An attribute whose value stands in a row of numbers. */
export interface NumberField {
  readonly attribute: number;
  readonly kind: NumberKind;
  readonly place: number;
}

/** Writes attributes with what {@link readNumbers} has put into a row, from `base` on. Throws {@link TypeError} for kinds that nobody writes. */
export function writeNumbers(
  writer: MessageWriter,
  fields: readonly NumberField[],
  row: Uint32Array,
  base: number,
): void {
  for (const field of fields) writeNumber(writer, field, row, base + field.place);
}

function writeNumber(
  writer: MessageWriter,
  { attribute, kind }: NumberField,
  row: Uint32Array,
  place: number,
): void {
  const value = row[place] ?? 0;
  switch (kind) {
    case 'u16':
      writer.u16(attribute, value);
      break;
    case 'u16be':
      writer.u16be(attribute, value);
      break;
    case 'u32':
      writer.u32(attribute, value);
      break;
    case 'u32be':
      writer.u32be(attribute, value);
      break;
    case '4×u32be':
      writer.u32be4(attribute, row, place);
      break;
    default:
      throw new TypeError(`${kind} is not written`);
  }
}

function malformed(message: string): NetlinkError {
  return new NetlinkError('MALFORMED', message);
}
