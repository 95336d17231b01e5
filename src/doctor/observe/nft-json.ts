import type { Family } from '../../ipvs/address.ts';

// Helpers for the output of `nft -j list ruleset` (libnftables-json(5)); they assume nothing but its general shape.

const both: readonly Family[] = ['inet', 'inet6'];

/** Address families of the packets seen by each kind of table; packets of a bridge or a device can be of either family. */
const familiesOf: ReadonlyMap<string, readonly Family[]> = new Map([
  ['ip', ['inet']],
  ['ip6', ['inet6']],
  ['inet', both],
  ['bridge', both],
  ['netdev', both],
]);

/** Returns the address families of the packets that a rule sees. */
export function packetFamilies(rule: unknown): readonly Family[] {
  return familiesOf.get(String(field(rule, 'family'))) ?? [];
}

/** Returns the objects of a ruleset; `undefined` if the text is not one. */
export function objectsOf(text: string): readonly unknown[] | undefined {
  return list(field(parseJson(text), 'nftables'));
}

/** Returns the objects of one kind, such as `rule`. */
export function ofKind(objects: readonly unknown[], kind: string): unknown[] {
  return objects.map((object) => field(object, kind)).filter(isPresent);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns whether a value is an object with a field called `name`. */
export function has(value: unknown, name: string): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}

/** Returns a field of an object; `undefined` if the value is not an object or lacks the field. */
export function field(value: unknown, name: string): unknown {
  return has(value, name) ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

/** Returns a value if it is an array; otherwise `undefined`. */
export function list(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function isPresent(value: unknown): boolean {
  return value !== undefined;
}
