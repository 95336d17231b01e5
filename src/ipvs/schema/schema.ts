import { NetlinkError } from '../../netlink/errors.ts';
import { genericAttributes } from '../../netlink/generic.ts';
import type { AttributeReader, MessageReader } from '../../netlink/reader.ts';
import type { MessageWriter } from '../../netlink/writer.ts';
import { Address, type Family } from '../address.ts';
import type { Declaration, DeclaredLine, LinesOf } from './declaration.ts';
import { RecordReader } from './record-reader.ts';
import type { WireType } from './wire-types.ts';

/** An attribute number and its wire type. */
type Attribute = readonly [attribute: number, type: WireType<unknown>];

/** A line of a declaration: one field and the attribute that holds it. */
export interface SchemaLine {
  /** Name of the field: `weight`, or `tunnel.port` in a nested object. */
  readonly name: string;
  /** Name of the nested object that contains the field, if any: `tunnel`. */
  readonly outer: string | undefined;
  /** Name of the field in its object: `port`. */
  readonly key: string;
  readonly attribute: number;
  readonly type: WireType<unknown>;
  // As in the declaration.
  readonly since: string | undefined;
  readonly optional: boolean;
  readonly absent: unknown;
  readonly or: Attribute | undefined;
  readonly matters: ((settings: never) => boolean) | undefined;
  readonly chosenBits: number | undefined;
}

/** The lines of a schema. */
export interface SchemaLines {
  readonly identity: readonly SchemaLine[];
  readonly settings: readonly SchemaLine[];
  readonly reported: readonly SchemaLine[];
}

/**
 * The attributes of one kind of kernel object. `T` is the object as the kernel reports it; `Id` identifies it, with the values
 * `Identity` on the wire; `Settings` are chosen by the administrator.
 */
export class Schema<
  T extends object,
  Settings extends object = object,
  Id extends object = object,
  Identity extends object = object,
> implements SchemaLines
{
  /** Name of the object, for error messages. */
  readonly name: string;
  /** Attribute that contains those of the object; `undefined` when they are at the top level of the message. */
  readonly attribute: number | undefined;
  readonly #declaration: Declaration<T, Settings, Id, Identity>;
  // Computed on first use: a command that changes one thing needs few of them.
  #identity: readonly SchemaLine[] | undefined;
  #settings: readonly SchemaLine[] | undefined;
  #reader: RecordReader | undefined;

  constructor(declaration: Declaration<T, Settings, Id, Identity>) {
    this.#declaration = declaration;
    this.name = declaration.name;
    this.attribute = declaration.attribute;
  }

  get identity(): readonly SchemaLine[] {
    this.#identity ??= linesOf(this.#declaration.identity);
    return this.#identity;
  }

  get settings(): readonly SchemaLine[] {
    this.#settings ??= linesOf(this.#declaration.settings);
    return this.#settings;
  }

  get reported(): readonly SchemaLine[] {
    return linesOf(this.#declaration.reported);
  }

  /** All lines, in the order in which their attributes are written. */
  get lines(): readonly SchemaLine[] {
    return [...this.identity, ...this.settings, ...this.reported];
  }

  /**
   * Writes the identity of an object, and its settings if given. Throws {@link TypeError} for a value of the wrong type, and
   * {@link RangeError} for one that its attribute cannot hold.
   */
  write(writer: MessageWriter, id: Id, settings?: Settings): void {
    const start = this.attribute === undefined ? undefined : writer.openNested(this.attribute);
    const { name } = this;
    if (!isObject(id)) throw new TypeError(`${name} must be an object, not ${shown(id)}`);
    const identity = this.#declaration.identify?.(id) ?? id;
    // In the order of `identity`'s own keys: a family derived from an address is checked after that address.
    for (const key in identity) {
      const line = this.identity.find((line) => line.name === key);
      if (line) attributeFor(line, fieldOf(identity, key), name);
    }
    const family: Family = fieldOf(identity, 'family') === 'inet6' ? 'inet6' : 'inet';
    writeLines(writer, this.identity, identity, family, name);
    if (settings) {
      const owner = this.#declaration.identify ? 'settings' : name;
      writeLines(writer, this.settings, settings, family, owner);
    }
    if (start !== undefined) writer.closeNested(start);
  }

  /**
   * Decodes the object in an IPVS message. `family` applies to its addresses if the message does not give it. Throws
   * {@link NetlinkError} (`MALFORMED`) when an attribute that every kernel sends is missing.
   */
  decode(message: MessageReader, family: Family = 'inet'): T {
    const attributes = genericAttributes(message);
    if (this.attribute === undefined) return this.read(attributes, family);
    while (attributes.next()) {
      if (attributes.type === this.attribute) return this.read(attributes.nested(), family);
    }
    throw new NetlinkError('MALFORMED', `an answer lacks a ${this.name}`);
  }

  /** Decodes an object from its attributes, as {@link decode} does. */
  read(attributes: AttributeReader, family: Family): T {
    this.#reader ??= new RecordReader(this, this.#declaration.toId);
    // `LinesOf` compiles only if the declaration has a line of the right type for each field of `T`.
    return this.#reader.read(attributes, family) as T;
  }

  /** Returns whether the kernel behaves the same with both settings. */
  isSame(one: Settings, other: Settings): boolean {
    return this.settings.every(
      (line) =>
        line.matters?.(one as never) === false ||
        isEqual(valueAt(one, line), valueAt(other, line), line.chosenBits),
    );
  }

  /** Returns a map key that is equal for two settings exactly when {@link write} encodes them alike. */
  keyOf(settings: Settings): string {
    let key = '';
    for (const line of this.settings) {
      const value = valueAt(settings, line);
      key += typeof value === 'string' ? JSON.stringify(value) : ` ${value}`;
    }
    return key;
  }

  /** Copies the settings of an object. */
  settingsOf(object: Settings): Settings {
    const copy: Record<string, unknown> = {};
    for (const line of this.settings) {
      const value = valueAt(object, line);
      if (line.outer === undefined) copy[line.key] = value;
      else copy[line.outer] = { ...(copy[line.outer] as object | undefined), [line.key]: value };
    }
    return copy as Settings;
  }
}

/** Converts the lines of a declaration. */
function linesOf(declared: LinesOf<object>): SchemaLine[] {
  return Object.entries<DeclaredLine>(declared).map(([name, [attribute, type, more = {}]]) => {
    const dot = name.indexOf('.');
    const { since, optional = false, absent, or, matters, chosenBits } = more;
    const [outer, key] = [dot < 0 ? undefined : name.slice(0, dot), name.slice(dot + 1)];
    return { name, outer, key, attribute, type, since, optional, absent, or, matters, chosenBits };
  });
}

/** Writes the attributes of the fields that `object` has, except values that the kernel assumes when they are missing. */
function writeLines(
  writer: MessageWriter,
  lines: readonly SchemaLine[],
  object: object,
  family: Family,
  owner: string,
): void {
  for (const line of lines) {
    const value = valueAt(object, line);
    if (value === undefined && line.optional) continue;
    if (line.since !== undefined && line.absent !== undefined && value === line.absent) continue;
    const [attribute, type] = attributeFor(line, value, owner);
    type.write(writer, attribute, value, family);
  }
}

/** Returns the attribute that can hold `value`. Throws {@link TypeError} or {@link RangeError} when none can. */
function attributeFor(line: SchemaLine, value: unknown, owner: string): Attribute {
  const { attribute, type, or } = line;
  const fault = type.fault(value);
  if (!fault) return [attribute, type];
  if (or && !or[1].fault(value)) return or;
  const message = `${owner}.${line.name} must be ${type.expected}, not ${shown(value)}`;
  throw fault === 'type' ? new TypeError(message) : new RangeError(message);
}

/** Formats a value for error messages. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return isObject(value) ? 'an object' : String(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Returns the value of a line's field in `object`. */
function valueAt(object: object, { outer, key }: SchemaLine): unknown {
  if (outer === undefined) return fieldOf(object, key);
  const inner = fieldOf(object, outer);
  return isObject(inner) ? fieldOf(inner, key) : undefined;
}

function fieldOf(object: object, name: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[name];
}

/** Returns whether two values of a setting are equal, comparing only `bits` if given. A missing name equals an empty one. */
function isEqual(one: unknown, other: unknown, bits: number | undefined): boolean {
  if (bits !== undefined) return (Number(one) & bits) === (Number(other) & bits);
  if (one instanceof Address && other instanceof Address) return one.equals(other);
  return (one === '' ? undefined : one) === (other === '' ? undefined : other);
}
