import type { MarkSetter, MarkValue } from '../marks.ts';
import type { SourceNatRule } from '../source-nat.ts';
import { field, has, list, objectsOf, ofKind, packetFamilies } from './nft-json.ts';
import { sourceNatOf } from './nftables-source-nat.ts';

/** Rules of nftables for marks and source addresses. */
export interface NftRules {
  readonly setters: readonly MarkSetter[];
  readonly sourceNat: readonly SourceNatRule[];
  /** Families of tables with statements of iptables (`xt`), which nftables stores but does not print. */
  readonly foreign: ReadonlySet<string>;
}

/**
 * Parses the output of `nft -j list ruleset` (libnftables-json(5)) into the statements that set marks or source addresses.
 * Returns `undefined` if the text is not a ruleset.
 */
export function parseNftables(text: string): NftRules | undefined {
  const objects = objectsOf(text);
  if (!objects) return undefined;
  const all = (kind: string) => ofKind(objects, kind);
  const maps = new Map(all('map').map((map) => [keyOf(map, field(map, 'name')), map]));
  const late = new Set(
    all('chain')
      .filter((chain) => field(chain, 'hook') === 'postrouting')
      .map((chain) => keyOf(chain, field(chain, 'name'))),
  );
  const setters: MarkSetter[] = [];
  const foreign = new Set<string>();
  for (const rule of all('rule')) {
    const family = String(field(rule, 'family'));
    const families = packetFamilies(rule);
    // A mark set on a packet after IPVS comes too late; a mark of its connection still affects later packets.
    const isLate = late.has(keyOf(rule, field(rule, 'chain')));
    for (const statement of list(field(rule, 'expr')) ?? []) {
      if (isForeign(statement)) foreign.add(family);
      const setter = setterOf(statement, (name) => maps.get(keyOf(rule, name)));
      if (setter && !(isLate && setter.of === 'packet')) setters.push({ ...setter, families });
    }
  }
  return { setters, sourceNat: all('rule').flatMap(sourceNatOf), foreign };
}

/** Returns a key for a name in the table that an object belongs to. */
function keyOf(object: unknown, name: unknown): string {
  return [field(object, 'family'), field(object, 'table'), name].join(' ');
}

/** Reports whether a statement belongs to iptables. */
function isForeign(statement: unknown): boolean {
  return typeof statement === 'string'
    ? /\bxt\b/.test(statement)
    : statement === null || has(statement, 'xt');
}

type FindMap = (name: string) => unknown;

function setterOf(statement: unknown, findMap: FindMap): Omit<MarkSetter, 'families'> | undefined {
  // nft prints statements without a JSON form as text. A program that receives packets from a queue can mark them.
  if (typeof statement === 'string' ? /\bmark set\b/.test(statement) : has(statement, 'queue')) {
    return { of: 'packet', value: 'unknown' };
  }
  const mangle = field(statement, 'mangle');
  const of = markOf(field(mangle, 'key'));
  return of && { of, value: toMarkValue(field(mangle, 'value'), findMap) };
}

/** Returns whose mark an expression names. */
function markOf(expression: unknown): 'packet' | 'connection' | undefined {
  if (field(field(expression, 'meta'), 'key') === 'mark') return 'packet';
  return field(field(expression, 'ct'), 'key') === 'mark' ? 'connection' : undefined;
}

function toMarkValue(expression: unknown, findMap: FindMap): MarkValue {
  if (typeof expression === 'number') return expression;
  const mark = markOf(expression);
  if (mark) return mark;
  for (const operator of ['&', '|', '^'] as const) {
    const operands = list(field(expression, operator));
    if (operands) {
      return operands
        .map((operand) => toMarkValue(operand, findMap))
        .reduce((left, right) => ({ operator, operands: [left, right] }));
    }
  }
  for (const generator of ['numgen', 'jhash', 'symhash']) {
    const value = field(expression, generator);
    if (value !== undefined) return generated(field(value, 'mod'), field(value, 'offset') ?? 0);
  }
  const map = field(expression, 'map');
  return map === undefined ? 'unknown' : mapped(field(map, 'data'), findMap);
}

/** Maximum number of values of a generator that are computed. */
const maxGenerated = 1024;

/** Returns `modulus` consecutive numbers, beginning at `offset`. */
function generated(modulus: unknown, offset: unknown): MarkValue {
  if (typeof modulus !== 'number' || typeof offset !== 'number' || modulus > maxGenerated) return 'unknown';
  return { oneOf: Array.from({ length: modulus }, (_, index) => offset + index) };
}

/** Returns the values of an anonymous or named map; `unknown` for a map whose elements packets or programs can change. */
function mapped(data: unknown, findMap: FindMap): MarkValue {
  if (typeof data !== 'string') return valuesOf(list(field(data, 'set')));
  const map = findMap(data.replace(/^@/, ''));
  const changes = list(field(map, 'flags'))?.some((flag) => flag === 'dynamic' || flag === 'timeout');
  return changes ? 'unknown' : valuesOf(list(field(map, 'elem')));
}

function valuesOf(elements: readonly unknown[] | undefined): MarkValue {
  if (!elements) return 'unknown';
  return { oneOf: elements.map((element) => toMarkValue(list(element)?.[1], () => undefined)) };
}
