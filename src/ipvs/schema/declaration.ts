import type { Address } from '../address.ts';
import type { Info, Stats } from '../model.ts';
import type { WireType } from './wire-types.ts';

/** Types of values that fit into one attribute. Any other object is spread over one attribute per field. */
type AttributeValue = string | number | bigint | Address | Stats | Info['version'] | undefined;

/** Names of the fields of `T`; those of a nested object as `tunnel.port`. */
type FieldName<T> = {
  [Name in keyof T & string]-?: T[Name] extends AttributeValue ? Name : `${Name}.${FieldName<T[Name]>}`;
}[keyof T & string];

/** The line of a field: the kernel's attribute number, the wire type, and further facts. */
type LineOf<T, Name, Settings> = Name extends `${infer Outer}.${infer Inner}`
  ? LineOf<T[Outer & keyof T], Inner, Settings>
  : Record<never, never> extends Pick<T, Name & keyof T>
    ? readonly [
        attribute: number,
        type: WireType<Exclude<T[Name & keyof T], undefined>>,
        more: OptionalField<Exclude<T[Name & keyof T], undefined>, Settings>,
      ]
    : readonly [
        attribute: number,
        type: WireType<T[Name & keyof T]>,
        more?: RequiredField<T[Name & keyof T], Settings>,
      ];

/** A line for each field of `T`: a missing line, or one without a field, does not compile. */
export type LinesOf<T, Settings = T> = { readonly [Name in FieldName<T>]: LineOf<T, Name, Settings> };

/** Facts that the line of any field may state. */
interface Field<V, Settings> {
  /** First Linux version with the attribute, such as `5.3`. Older kernels do not send it, and ignore it in requests. */
  readonly since?: string;
  /** Alternative attribute: read when the first was not sent, written when the first cannot hold the value. */
  readonly or?: readonly [attribute: number, type: WireType<V>];
  /** Returns whether the kernel uses this setting, given the others. Without this function it always does. */
  readonly matters?: (settings: Settings) => boolean;
  /** Bits that the administrator sets; the kernel may set others. */
  readonly chosenBits?: number;
}

/** A field that may be missing in an object. */
interface OptionalField<V, Settings> extends Field<V, Settings> {
  readonly optional: true;
  readonly absent?: undefined;
}

/** A field that every object has. */
interface RequiredField<V, Settings> extends Field<V, Settings> {
  readonly optional?: undefined;
  /** Value to assume when the kernel sends none. A kernel without the attribute behaves as if it had this value. */
  readonly absent?: V;
}

/** Declaration of a kernel object: its attributes, in the order in which they are written. */
export interface Declaration<T, Settings, Id, Identity> {
  /** Name of the object, for error messages. */
  readonly name: string;
  /** Attribute that contains those of the object; without it, they are at the top level of the message. */
  readonly attribute?: number;
  /**
   * Lines of the identity, which tells objects apart. A line called `family` determines the family of addresses and netmasks;
   * if its attribute is not sent, the family passed to `decode` applies.
   */
  readonly identity: LinesOf<Identity, Settings>;
  /** Returns the values of the identity's lines. Without this function, they are fields of the object itself. */
  readonly identify?: (id: Id) => Identity;
  /** Converts decoded values of the identity's lines to the object's `id`: the opposite of `identify`. */
  readonly toId?: (identity: Partial<Identity>) => Id;
  /** Lines of the settings, chosen by the administrator. */
  readonly settings: LinesOf<Settings>;
  /** Lines that the kernel only reports. */
  readonly reported: LinesOf<Omit<T, 'id' | keyof Settings | keyof Identity>, Settings>;
}

/** A line of any declaration. */
export type DeclaredLine = readonly [
  attribute: number,
  type: WireType<unknown>,
  more?: {
    readonly since?: string;
    readonly or?: readonly [attribute: number, type: WireType<unknown>];
    readonly matters?: (settings: never) => boolean;
    readonly chosenBits?: number;
    readonly optional?: true;
    readonly absent?: unknown;
  },
];
