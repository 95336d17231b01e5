import type * as z from 'zod';
import type { RuleFault } from '../rules/fault.ts';

/** Place of a value in a document: names of fields and numbers of items. */
export type Path = readonly (string | number)[];

/** A fault of a value of a document. */
export interface JsonFault {
  readonly path: Path;
  readonly fault: RuleFault;
}

/** Longest part of a wrong value that a message quotes, in characters. */
const longestFound = 60;

/** Returns the fault of a value that is not what the phrase `expected` says. */
export function illegalField(path: Path, expected: string, value: unknown): JsonFault {
  const text = JSON.stringify(value);
  const found = text.length > longestFound ? `${text.slice(0, longestFound)}…` : text;
  return { path, fault: { code: 'illegal-field', expected, found } };
}

/** Writes a path as messages show it: `services[2].servers[0].weight`; empty for the document itself. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text ? `${text}.${part}` : part;
  }, '');
}

const kinds: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'an array',
  boolean: 'true or false',
  string: 'a text',
};

/** The phrase for what a value should have been, where its schema has none of its own. */
export function phraseOf(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' ? kinds[issue.expected] : undefined;
}

/** Returns every fault that a schema found. The values that were read must be among the facts (`reportInput`). */
export function faultsOf({ issues }: z.core.$ZodError): JsonFault[] {
  return issues.flatMap((issue) => faultsOfIssue(issue, []));
}

function faultsOfIssue(issue: z.core.$ZodIssue, above: Path): JsonFault[] {
  const path = [...above, ...issue.path.filter((part) => typeof part !== 'symbol')];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ path, fault: { code: 'unknown-field', field } }));
  }
  // The union of both kinds of services: only the kind that is meant has something to say.
  if (issue.code === 'invalid_union' && path.length === 2 && path[0] === 'services') {
    const [byAddress = [], byMark = []] = issue.errors;
    const isMark = issue.input instanceof Object && 'fwmark' in issue.input;
    return (isMark ? byMark : byAddress).flatMap((inner) => faultsOfIssue(inner, path));
  }
  return [valueFault(path, issue.message, issueValue(issue))];
}

/** The value that an issue is about: of a union that a field tells apart, zod gives the object around that field. */
function issueValue(issue: z.core.$ZodIssue): unknown {
  const field = issue.code === 'invalid_union' ? issue.discriminator : undefined;
  if (field === undefined || !(issue.input instanceof Object)) return issue.input;
  return Object.entries(issue.input).find(([name]) => name === field)?.[1];
}

function valueFault(path: Path, phrase: string, value: unknown): JsonFault {
  return value === undefined ? missingField(path) : illegalField(path, phrase, value);
}

function missingField(path: Path): JsonFault {
  const name = String(path.at(-1));
  const names = name === 'protocol' ? [name, 'fwmark'] : [name];
  return { path: path.slice(0, -1), fault: { code: 'missing-field', names } };
}
