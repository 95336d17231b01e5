import type { AttributeReader } from '../../netlink/reader.ts';
import type { Family } from '../address.ts';
import { required } from './required.ts';
import type { SchemaLine, SchemaLines } from './schema.ts';
import type { WireType } from './wire-types.ts';

type Values = Record<string, unknown>;

/** An attribute that a field is read from, and where its value is in the current message. */
interface Source {
  readonly attribute: number;
  readonly read: WireType<unknown>['read'];
  /** Offset of the value in the message, -1 when it was not sent, and its length in bytes. */
  start: number;
  length: number;
}

/** A field of an object, and its attributes: it is read from `other` when `source` was not sent. */
interface Field {
  readonly key: string;
  readonly name: string;
  readonly source: Source;
  readonly other: Source | undefined;
  readonly optional: boolean;
  readonly absent: unknown;
}

/** The fields of one object, and an object with all of them, to be copied. */
interface Fields {
  readonly template: Values;
  readonly list: Field[];
}

/**
 * Decodes attributes to objects in two steps: it records where each attribute is, and then reads them in the order of the
 * declaration's lines, because an attribute at the end of a message may determine how to read others.
 */
export class RecordReader {
  readonly #toId: ((identity: Values) => unknown) | undefined;
  readonly #identity: Fields = { template: {}, list: [] };
  readonly #fields: Fields = { template: {}, list: [] };
  /** Fields of nested objects, by the object's name. */
  readonly #inside: { readonly name: string; readonly fields: Fields }[] = [];
  readonly #sources: Source[] = [];
  /** Sources by attribute number. */
  readonly #sourceOf: (Source | undefined)[] = [];

  constructor({ identity, settings, reported }: SchemaLines, toId?: (identity: never) => unknown) {
    this.#toId = toId as ((identity: Values) => unknown) | undefined;
    if (toId) this.#fields.template.id = undefined;
    for (const line of identity) this.#add(line, toId ? this.#identity : this.#fields);
    for (const line of [...settings, ...reported]) this.#add(line, this.#fieldsOf(line));
  }

  /** Reads an object; `family` applies to its addresses if no attribute gives it. Throws {@link NetlinkError} (`MALFORMED`). */
  read(attributes: AttributeReader, family: Family): Values {
    for (const source of this.#sources) source.start = -1;
    while (attributes.next()) {
      const source = this.#sourceOf[attributes.type];
      if (!source) continue;
      source.start = attributes.valueStart;
      source.length = attributes.valueLength;
    }
    const record = { ...this.#fields.template };
    let own = family;
    if (this.#toId) {
      const identity = { ...this.#identity.template };
      for (const field of this.#identity.list) {
        const value = valueIn(field, attributes, own);
        identity[field.key] = value;
        if (field.key === 'family' && value !== undefined) own = value === 'inet' ? 'inet' : 'inet6';
      }
      record.id = this.#toId(identity);
    }
    readInto(record, this.#fields.list, attributes, own);
    for (const { name, fields } of this.#inside) {
      const inner = { ...fields.template };
      readInto(inner, fields.list, attributes, own);
      record[name] = inner;
    }
    return record;
  }

  #add({ name, key, attribute, type, or, optional, absent }: SchemaLine, fields: Fields): void {
    const source = this.#source(attribute, type);
    const other = or && this.#source(...or);
    fields.template[key] = undefined;
    fields.list.push({ key, name, source, other, optional, absent });
  }

  #source(attribute: number, { read }: WireType<unknown>): Source {
    const source = { attribute, read, start: -1, length: 0 };
    while (this.#sourceOf.length <= attribute) this.#sourceOf.push(undefined);
    this.#sourceOf[attribute] = source;
    this.#sources.push(source);
    return source;
  }

  /** Returns the fields of the object that a line's field belongs to. */
  #fieldsOf({ outer }: SchemaLine): Fields {
    if (outer === undefined) return this.#fields;
    const known = this.#inside.find(({ name }) => name === outer);
    if (known) return known.fields;
    const fields: Fields = { template: {}, list: [] };
    this.#inside.push({ name: outer, fields });
    this.#fields.template[outer] = undefined;
    return fields;
  }
}

/** Reads fields into an object that already has their keys. */
function readInto(
  record: Values,
  fields: readonly Field[],
  attributes: AttributeReader,
  family: Family,
): void {
  for (const field of fields) {
    const value = valueIn(field, attributes, family) ?? field.absent;
    record[field.key] = field.optional ? value : required(value, field.name);
  }
}

/** Returns the value of a field; `undefined` when none of its attributes was sent. */
function valueIn({ source, other }: Field, attributes: AttributeReader, family: Family): unknown {
  const sent = source.start < 0 && other ? other : source;
  if (sent.start < 0) return undefined;
  attributes.moveTo(sent.attribute, sent.start, sent.length);
  return sent.read(attributes, family);
}
