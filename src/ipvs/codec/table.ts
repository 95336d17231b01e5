import { NetlinkError } from '../../netlink/errors.ts';
import type { AttributeReader } from '../../netlink/reader.ts';
import type { MessageWriter } from '../../netlink/writer.ts';

/** How a value of type `V` is held by an attribute. */
export interface FieldType<V> {
  write(writer: MessageWriter, attribute: number, value: V): void;
  read(reader: AttributeReader): V;
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
  /** Where the attribute of each number stands in what is decoded; below 0 when it does not. */
  readonly #positions: Int32Array;
  #reader: AttributeReader | undefined;
  #record: Values<R> | undefined;

  constructor(rows: R) {
    let last = 0;
    for (const name in rows) {
      const [attribute, type] = rows[name] as R[typeof name];
      this.#fields.push({ name, attribute, type });
      last = Math.max(last, attribute);
    }
    this.#positions = new Int32Array(last + 1);
  }

  /** Writes the attributes of the fields that `record` has. */
  encode(writer: MessageWriter, record: Values<R>): void {
    for (const { name, attribute, type } of this.#fields) {
      const value = record[name];
      if (value !== undefined) type.write(writer, attribute, value);
    }
  }

  /**
   * Finds the attributes that the table knows, in one pass as `nla_parse` of the kernel does; newer kernels may send
   * others. Each is read when its field is: most of what the kernel sends is not wanted most of the time. The record is
   * lent: it is valid until the table decodes the next, and as long as the message is.
   */
  decode(reader: AttributeReader): Values<R> {
    this.#reader = reader;
    const positions = this.#positions.fill(-1);
    while (reader.next()) {
      const { type } = reader;
      if (type < positions.length) positions[type] = reader.position;
    }
    this.#record ??= this.#newRecord();
    return this.#record;
  }

  /** The same of attributes inside one. */
  decodeNested(outer: AttributeReader): Values<R> {
    return this.decode(outer.nested(this.#reader));
  }

  #newRecord(): Values<R> {
    const record = {};
    for (const { name, attribute, type } of this.#fields) {
      const get = () => this.#read(attribute, type);
      Object.defineProperty(record, name, { enumerable: true, get });
    }
    return record as Values<R>;
  }

  #read(attribute: number, type: FieldType<unknown>): unknown {
    const position = this.#positions[attribute] ?? -1;
    return position < 0 || !this.#reader ? undefined : type.read(this.#reader.standOn(position));
  }
}

/** A value that every kernel sends. Throws {@link NetlinkError} (`MALFORMED`) where it is missing. */
export function required<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw new NetlinkError('MALFORMED', `an answer without ${field}`);
  return value;
}
