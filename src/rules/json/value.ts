import { Address } from '../../ipvs/address.ts';
import { RuleError } from '../error.ts';
import type { JsonExpectation, RuleFault } from '../fault.ts';
import type { BadRule } from '../rule-file.ts';

/** How much of a value that is wrong is told. */
const longestFound = 60;

/**
 * A value in a JSON document. What is wrong with it goes into `errors`; a method gives `undefined` then, and reading
 * goes on, so that all that is wrong is found.
 */
export class JsonValue {
  /** Where it stands, such as `services[2].servers[0].weight`; empty for the document itself. */
  readonly path: string;
  readonly #value: unknown;
  readonly #errors: BadRule[];

  constructor(value: unknown, path: string, errors: BadRule[]) {
    this.path = path;
    this.#value = value;
    this.#errors = errors;
  }

  /** Notes that something is wrong here. */
  refuse(fault: RuleFault): undefined {
    this.#errors.push({ place: this.path, text: '', error: new RuleError(fault) });
  }

  /** One field of an object, where it is one and has it. */
  field(name: string): JsonValue | undefined {
    if (!isObject(this.#value)) return undefined;
    const value = Object.entries(this.#value).find(([key]) => key === name)?.[1];
    return value === undefined ? undefined : this.#child(name, value);
  }

  /** The fields of an object, which may have those of `names` only. */
  fields<Name extends string>(names: readonly Name[]): Partial<Record<Name, JsonValue>> | undefined {
    if (!isObject(this.#value)) return this.#expect({ kind: 'object' });
    const fields: Partial<Record<Name, JsonValue>> = {};
    for (const [key, value] of Object.entries(this.#value)) {
      const name = names.find((known) => known === key);
      if (name) fields[name] = this.#child(name, value);
      else this.refuse({ code: 'unknown-field', field: key });
    }
    return fields;
  }

  /** Gives `field` back; where it is absent, notes that one of `names` is missing here. */
  need(field: JsonValue | undefined, ...names: readonly string[]): JsonValue | undefined {
    return field ?? this.refuse({ code: 'missing-field', names });
  }

  /** The items of an array; none where it is not one. */
  items(): readonly JsonValue[] {
    if (!Array.isArray(this.#value)) return this.#expect({ kind: 'array' }) ?? [];
    return this.#value.map((item, index) => new JsonValue(item, `${this.path}[${index}]`, this.#errors));
  }

  boolean(): boolean | undefined {
    return typeof this.#value === 'boolean' ? this.#value : this.#expect({ kind: 'boolean' });
  }

  /** A whole number in a range. */
  number(least: number, most: number): number | undefined {
    const value = this.#value;
    const isLegal = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
    return isLegal ? value : this.#expect({ kind: 'number', least, most });
  }

  /** One of some words. */
  word<Word extends string>(words: readonly Word[]): Word | undefined {
    return words.find((word) => word === this.#value) ?? this.#expect({ kind: 'word', words });
  }

  /** A name that is one word on a command line, of 1 to `most` bytes. */
  name(most: number): string | undefined {
    const value = this.#value;
    const isLegal =
      typeof value === 'string' &&
      value !== '' &&
      Buffer.byteLength(value) <= most &&
      !/[\s\p{Cc}]/u.test(value);
    return isLegal ? value : this.#expect({ kind: 'name', most });
  }

  address(): Address | undefined {
    return this.parsed((text) => Address.parse(text), 'address');
  }

  /** What `parse` makes of a string, which is undefined where it is not of that kind. */
  parsed<T>(
    parse: (text: string) => T | undefined,
    kind: 'address' | 'netmask' | 'multicast-group',
  ): T | undefined {
    const found = typeof this.#value === 'string' ? parse(this.#value) : undefined;
    return found ?? this.#expect({ kind });
  }

  /** Makes sure that it is a string, which nobody needs. */
  skipText(): void {
    if (typeof this.#value !== 'string') this.#expect({ kind: 'text' });
  }

  /** Makes sure that it is a counter, which nobody needs: a number, or text of digits where a number is not exact. */
  skipCounter(): void {
    const value = this.#value;
    const isCounter =
      typeof value === 'string' ? /^[0-9]+$/.test(value) : Number.isSafeInteger(value) && Number(value) >= 0;
    if (!isCounter) this.#expect({ kind: 'counter' });
  }

  #child(name: string, value: unknown): JsonValue {
    return new JsonValue(value, this.path ? `${this.path}.${name}` : name, this.#errors);
  }

  #expect(expected: JsonExpectation): undefined {
    const text = JSON.stringify(this.#value);
    const found = text.length > longestFound ? `${text.slice(0, longestFound)}…` : text;
    return this.refuse({ code: 'illegal-field', expected, found });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
