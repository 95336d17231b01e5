import { NetlinkError } from '../../netlink/errors.ts';
import { type NumberField, type NumberKind, NumberPlan } from '../../netlink/numbers.ts';
import type { AttributeReader } from '../../netlink/reader.ts';
import type { MessageWriter } from '../../netlink/writer.ts';

/** How a value of type `V` is held by an attribute. */
export interface FieldType<V> {
  write(writer: MessageWriter, attribute: number, value: V): void;
  read(reader: AttributeReader): V;
  /** How it is put into a row of numbers, where it can be. */
  readonly number?: NumberKind;
}

/** The rows of a codec table: a field's name, the kernel's number for its attribute, and how that holds it. */
export type Rows = Readonly<Record<string, readonly [attribute: number, type: FieldType<unknown>]>>;

/** The values of a table's fields. All may be missing: from a request what is not meant, from an answer what a kernel does not know. */
export type Values<R extends Rows> = {
  -readonly [Field in keyof R]?:
    | (R[Field] extends readonly [number, FieldType<infer V>] ? V : never)
    | undefined;
};

/** The record type of a {@link Table}. */
export type RecordOf<T> = T extends Table<infer R> ? Values<R> : never;

/** A row of a codec table. */
interface Field<R extends Rows> {
  readonly name: keyof R & string;
  readonly attribute: number;
  readonly type: FieldType<unknown>;
}

/** Attributes of one kernel object: encoder and decoder, both read from the same rows. */
export class Table<R extends Rows> {
  readonly #fields: Field<R>[] = [];
  readonly #byAttribute: Field<R>[] = [];

  constructor(rows: R) {
    for (const name in rows) {
      const [attribute, type] = rows[name] as R[typeof name];
      const field = { name, attribute, type };
      this.#fields.push(field);
      this.#byAttribute[attribute] = field;
    }
  }

  /** Writes the attributes of the fields that `record` has. */
  encode(writer: MessageWriter, record: Values<R>): void {
    for (const { name, attribute, type } of this.#fields) {
      const value = record[name];
      if (value !== undefined) type.write(writer, attribute, value);
    }
  }

  /** Reads the attributes that the table knows; newer kernels may send others. */
  decode(reader: AttributeReader): Values<R> {
    const record: Record<string, unknown> = {};
    while (reader.next()) {
      const field = this.#byAttribute[reader.type];
      if (field) record[field.name] = field.type.read(reader);
    }
    return record as Values<R>;
  }

  /** Fields that stand in a row of numbers, each in its place, for {@link writeNumbers}. */
  numberFields(places: { readonly [Field in keyof R]?: number }): NumberField[] {
    const fields: NumberField[] = [];
    for (const { name, attribute, type } of this.#fields) {
      const place = places[name];
      if (place !== undefined && type.number) fields.push({ attribute, kind: type.number, place });
    }
    return fields;
  }

  /** A plan for reading fields as numbers, each of which has its place in a row and a bit that tells of it. */
  numberPlan(fields: { readonly [Field in keyof R]?: { readonly place: number; readonly bit: number } }) {
    const plan = new NumberPlan();
    for (const { name, attribute, type } of this.#fields) {
      const field = fields[name];
      if (!field) continue;
      if (!type.number) throw new TypeError(`${name} is no number`);
      plan.add(attribute, type.number, field.place, field.bit);
    }
    return plan;
  }
}

/** A value that every kernel sends. Throws {@link NetlinkError} (`MALFORMED`) where it is missing. */
export function required<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw new NetlinkError('MALFORMED', `an answer without ${field}`);
  return value;
}
