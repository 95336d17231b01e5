import { NetlinkError } from '../../netlink/errors.ts';
import type { NumberKind } from '../../netlink/numbers.ts';
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
export interface Field<R extends Rows> {
  readonly name: keyof R & string;
  readonly attribute: number;
  readonly type: FieldType<unknown>;
}

/** Attributes of one kernel object: encoder and decoder, both read from the same rows. */
export class Table<R extends Rows> {
  readonly fields: readonly Field<R>[];

  constructor(rows: R) {
    const fields: Field<R>[] = [];
    for (const name of Object.keys(rows)) {
      const [attribute, type] = rows[name] as R[string];
      fields.push({ name, attribute, type });
    }
    this.fields = fields;
  }

  /** Writes the attributes of the fields that `record` has. */
  encode(writer: MessageWriter, record: Values<R>): void {
    for (const { name, attribute, type } of this.fields) {
      const value = record[name];
      if (value !== undefined) type.write(writer, attribute, value);
    }
  }

  /** Reads the attributes that the table knows; newer kernels may send others. */
  decode(reader: AttributeReader): Values<R> {
    const record: Record<string, unknown> = {};
    while (reader.next()) {
      const field = this.fields.findLast(({ attribute }) => attribute === reader.type);
      if (field) record[field.name] = field.type.read(reader);
    }
    return record as Values<R>;
  }
}

/** A value that every kernel sends. Throws {@link NetlinkError} (`MALFORMED`) where it is missing. */
export function required<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw new NetlinkError('MALFORMED', `an answer without ${field}`);
  return value;
}
