import type * as z from 'zod';
import type { RuleFault } from '../rules/fault.ts';

/** The path of a value in a document: field names and array indices. */
export type Path = readonly (string | number)[];

/** A fault in a value of a document. */
export interface JsonFault {
  readonly path: Path;
  readonly fault: RuleFault;
}

/** Maximum number of characters that a message quotes of an invalid value. */
const longestFound = 60;

/** Returns the fault for a value that is not what the phrase `expected` describes. */
export function illegalField(path: Path, expected: string, value: unknown): JsonFault {
  // JSON has no infinity, but a number that is too large is read as one.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return { path, fault: { code: 'illegal-field', expected, found: shortened(text) } };
}

/** Cuts a text that is too long to be quoted, between characters. */
function shortened(text: string): string {
  if (text.length <= longestFound) return text;
  return `${text.slice(0, longestFound).replace(/\p{Surrogate}$/u, '')}…`;
}

/** Formats a path for messages: `services[2].servers[0].weight`; empty for the document itself. */
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
  string: 'a string',
};

/** Returns the phrase for the expected value, where its schema has no phrase of its own. */
export function phraseOf(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' ? kinds[issue.expected] : undefined;
}

/**
 * Returns every fault that a schema found. The document must have been parsed with `reportInput`, as faults quote its
 * values.
 */
export function faultsOf({ issues }: z.core.$ZodError): JsonFault[] {
  return issues.flatMap((issue) => faultsOfIssue(issue, []));
}

function faultsOfIssue(issue: z.core.$ZodIssue, above: Path): JsonFault[] {
  const path = [...above, ...issue.path.filter((part) => typeof part !== 'symbol')];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ path, fault: { code: 'unknown-field', field } }));
  }
  // The union of both kinds of service failed: report only the issues of the kind that was meant.
  if (issue.code === 'invalid_union' && path.length === 2 && path[0] === 'services') {
    const [byAddress = [], byMark = []] = issue.errors;
    const isMark = issue.input instanceof Object && 'fwmark' in issue.input;
    return (isMark ? byMark : byAddress).flatMap((inner) => faultsOfIssue(inner, path));
  }
  return [valueFault(path, issue.message, issueValue(issue))];
}

/** Returns the value that an issue is about. For a discriminated union, zod reports the object around the discriminator. */
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
