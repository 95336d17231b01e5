import type { Address } from '../address.ts';
import type { Info, Stats } from '../model.ts';
import type { WireType } from './wire-types.ts';

/** Values that one attribute holds. Any other object is spread over an attribute for each of its fields. */
type AttributeValue = string | number | bigint | Address | Stats | Info['version'] | undefined;

/** Names of the fields of `T`, those of an object inside it as `tunnel.port`. */
type FieldName<T> = {
  [Name in keyof T & string]-?: T[Name] extends AttributeValue ? Name : `${Name}.${FieldName<T[Name]>}`;
}[keyof T & string];

/** The line of a field: the kernel's number for its attribute, how that holds the value, and what else there is to say. */
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
        more?: DemandedField<T[Name & keyof T], Settings>,
      ];

/** A line for each field of `T`: a field without a line does not compile, nor a line without a field. */
export type LinesOf<T, Settings = T> = { readonly [Name in FieldName<T>]: LineOf<T, Name, Settings> };

/** Facts that any field may have. */
interface Field<V, Settings> {
  /** The first Linux that knows the attribute, such as `5.3`. Older ones do not send it, and pass over it. */
  readonly since?: string;
  /** The attribute that holds the value where this one cannot: where it is not sent, or does not take the value. */
  readonly or?: readonly [attribute: number, type: WireType<V>];
  /** Returns whether the kernel heeds this setting beside the others; without it, the kernel always does. */
  readonly matters?: (settings: Settings) => boolean;
  /** Bits that an administrator sets; the kernel adds others. */
  readonly chosenBits?: number;
}

/** A field that an object may lack. */
interface OptionalField<V, Settings> extends Field<V, Settings> {
  readonly optional: true;
  readonly absent?: undefined;
}

/** A field that every object has. */
interface DemandedField<V, Settings> extends Field<V, Settings> {
  readonly optional?: undefined;
  /** The value where the kernel sends none. A kernel that does not know the attribute behaves as if it was this. */
  readonly absent?: V;
}

/** Declaration of an object of the kernel's: its attributes, in the order in which they are written. */
export interface Declaration<T, Settings, Id, Identity> {
  /** The name of the object, for messages. */
  readonly name: string;
  /** The attribute of a message that holds those of the object; they stand at the message's first level where there is none. */
  readonly attribute?: number;
  /**
   * Lines of the identity, which tells objects apart. A line called `family` says of which family addresses and netmasks are; where that attribute
   * is not sent, the family is the one that is given to `decode`.
   */
  readonly identity: LinesOf<Identity, Settings>;
  /** The values of the identity's lines. Without it, they are fields of the object itself. */
  readonly identify?: (id: Id) => Identity;
  /** The opposite: the `id` of a decoded object. */
  readonly toId?: (identity: Partial<Identity>) => Id;
  /** Lines of the settings, which an administrator chooses. */
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
