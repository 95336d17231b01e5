import { NetlinkError } from '../../netlink/errors.ts';
import { Address, type Family } from '../address.ts';

/** What `make` makes, when it is asked for first: most commands change something, and read no rows. */
export function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** What rows are wanted to hold. */
export interface RowOptions {
  /** Whether counters are read, too: they are most of what the kernel sends, and often nobody looks at them. */
  readonly counters?: boolean | undefined;
}

/** Rows that follow each other: from that number on, up to before the other. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** Rows of numbers, all of one length. */
export class NumberRows {
  /** Those of all rows, one behind the other. {@link next} may replace it. */
  numbers: Uint32Array;
  readonly #length: number;
  #count = 0;

  constructor(length: number) {
    this.#length = length;
    this.numbers = new Uint32Array(64 * length);
  }

  /** The number of the row that comes next, for which there is room. */
  next(): number {
    const row = this.#count;
    if ((row + 1) * this.#length > this.numbers.length) {
      const grown = new Uint32Array(2 * this.numbers.length);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    return row;
  }

  /** Adds it. */
  keep(): void {
    this.#count++;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#count = 0;
  }

  /** Where the numbers of a row start. */
  baseOf(row: number): number {
    return row * this.#length;
  }

  get(row: number, place: number): number {
    return this.numbers[row * this.#length + place] ?? 0;
  }
}

/** Of fields that stand in a row of numbers: where each does, and the bit that tells whether it was sent. */
export type RowFields<Name extends string> = Readonly<
  Record<Name, { readonly place: number; readonly bit: number }>
>;

/** Gives fields their places, counted from the first, and their bits, from that number on, in order. */
export function rowFields<Name extends string>(
  places: Readonly<Record<Name, number>>,
  { firstPlace, firstBit }: { readonly firstPlace: number; readonly firstBit: number },
): RowFields<Name> {
  const fields = {} as Record<Name, { place: number; bit: number }>;
  let bit = firstBit;
  for (const name in places) fields[name] = { place: firstPlace + places[name], bit: 1 << bit++ };
  return fields;
}

/** The address of `family` that stands in a row from there on, as four numbers, of which an IPv4 one is the first. */
export function addressIn(row: Uint32Array, at: number, family: Family): Address {
  const first = row[at] ?? 0;
  if (family === 'inet') return Address.fromWord(first);
  return Address.fromWords(first, row[at + 1] ?? 0, row[at + 2] ?? 0, row[at + 3] ?? 0);
}

/** What makes sure that all fields were sent but the optional ones. Throws {@link NetlinkError} (`MALFORMED`) for the first that was not. */
export function demand(fields: RowFields<string>, optional: readonly string[]): (found: number) => void {
  let wanted = 0;
  for (const name in fields) if (!optional.includes(name)) wanted |= fields[name]?.bit ?? 0;
  return (found) => {
    if ((found & wanted) !== wanted) throw missing(fields, wanted & ~found);
  };
}

function missing(fields: RowFields<string>, bits: number): NetlinkError {
  const name = Object.keys(fields).find((name) => (fields[name]?.bit ?? 0) & bits);
  return new NetlinkError('MALFORMED', `an answer without ${name}`);
}

/** The names of numbers, by the number. */
export function namesBy<Name extends string>(numbers: Readonly<Record<Name, number>>): readonly Name[] {
  const names: Name[] = [];
  for (const name in numbers) names[numbers[name]] = name;
  return names;
}

/** The name of a number. Throws {@link NetlinkError} (`MALFORMED`) where it has none. */
export function nameOf<Name extends string>(names: readonly Name[], number: number, field: string): Name {
  const name = names[number];
  if (name === undefined) throw new NetlinkError('MALFORMED', `unknown value ${number} of ${field}`);
  return name;
}
