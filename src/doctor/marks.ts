import type { Family } from '../ipvs/address.ts';

/** The statements of firewall rules that set marks. */
export interface Marking {
  readonly setters: readonly MarkSetter[];
  /** True if nothing else can set a mark. */
  readonly isComplete: boolean;
}

/** A statement that sets the mark of packets, or the mark of connections, which other rules copy to packets. */
export interface MarkSetter {
  readonly of: 'packet' | 'connection';
  readonly families: readonly Family[];
  readonly value: MarkValue;
}

/** Value that a statement sets: a number, the mark of the packet or its connection, or a combination of these. */
export type MarkValue =
  | number
  | 'packet'
  | 'connection'
  | 'unknown'
  | { readonly operator: '&' | '|' | '^'; readonly operands: readonly [MarkValue, MarkValue] }
  | { readonly oneOf: readonly MarkValue[] };

/** Maximum number of marks that are computed; rules that can set more count as unknown. */
const maxMarks = 4096;

/**
 * Computes the marks that packets of a family can have, whichever rules they pass in whichever order. Packets arrive, and
 * connections begin, without a mark. Returns `undefined` if the marks cannot be known.
 */
export function possibleMarks(
  { setters, isComplete }: Marking,
  family: Family,
): ReadonlySet<number> | undefined {
  const own = setters.filter(({ families }) => families.includes(family));
  if (!isComplete || restoresFromElsewhere(own)) return undefined;
  const marks: Marks = { packet: new Set([0]), connection: new Set([0]) };
  for (;;) {
    const before = marks.packet.size + marks.connection.size;
    for (const { of, value } of own) {
      const values = valuesOf(value, marks);
      if (!values) return undefined;
      for (const mark of values) marks[of].add(mark);
    }
    if (marks.packet.size + marks.connection.size === before) return marks.packet;
  }
}

interface Marks {
  readonly packet: Set<number>;
  readonly connection: Set<number>;
}

/**
 * Reports whether rules copy marks from connections although no rule marks connections: then another program, such as
 * conntrack(8), marks them.
 */
function restoresFromElsewhere(setters: readonly MarkSetter[]): boolean {
  const restores = setters.some(({ of, value }) => of === 'packet' && usesConnection(value));
  return restores && !setters.some(({ of }) => of === 'connection');
}

function usesConnection(value: MarkValue): boolean {
  if (typeof value !== 'object') return value === 'connection';
  return ('oneOf' in value ? value.oneOf : value.operands).some(usesConnection);
}

/** Returns the numbers that a value can have, given the `marks` found so far; `undefined` if they are too many or unknown. */
function valuesOf(value: MarkValue, marks: Marks): ReadonlySet<number> | undefined {
  if (value === 'unknown') return undefined;
  if (typeof value === 'number') return new Set([value >>> 0]);
  if (typeof value === 'string') return marks[value].size > maxMarks ? undefined : new Set(marks[value]);
  if ('oneOf' in value) {
    const all = value.oneOf.map((one) => valuesOf(one, marks));
    return all.includes(undefined) ? undefined : new Set(all.flatMap((one) => [...(one ?? [])]));
  }
  const [left, right] = value.operands.map((one) => valuesOf(one, marks));
  if (!left || !right || left.size * right.size > maxMarks) return undefined;
  return new Set([...left].flatMap((a) => [...right].map((b) => operations[value.operator](a, b) >>> 0)));
}

const operations = {
  '&': (a: number, b: number) => a & b,
  '|': (a: number, b: number) => a | b,
  '^': (a: number, b: number) => a ^ b,
} as const;
