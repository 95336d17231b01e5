import { z } from 'zod';
import { FleetError } from '../fleet-error.ts';
import { cut } from './fields.ts';

/** Maximum length in characters of a key, and of a reason, in an error: both may be anybody's. */
const longestPart = 300;

/** Error for a value in the store that this program cannot read as a document. */
export class DocumentError extends FleetError {
  override readonly name = 'DocumentError';
  readonly key: string;
  readonly reason: string;

  constructor(key: string, reason: string) {
    const shown = cut(reason, longestPart);
    super(`${cut(key, longestPart)} is unreadable: ${shown}`);
    this.key = key;
    this.reason = shown;
  }
}

// While a fleet is upgraded, agents and operators of different versions read each other's documents. A change that readers must
// not miss has a new schema number. Within one number, fields are only added, as optional ones, and what a reader does with a
// field that it does not know depends on what the document is for: see the two functions that follow.

/**
 * Schema of an object that orders something: an unknown field is an error. Ignoring it would mean doing only half of what its
 * writer meant, such as a rollout without its limit; an agent refuses, and keeps its table.
 */
export const orderFields = z.strictObject;

/**
 * Schema of an object that reports something: unknown fields are ignored. What a newer agent reports besides is nothing that a
 * reader could act on, and the rest is as true as ever.
 */
export const reportFields = z.object;

/** Encodes and decodes one kind of document: a JSON object that carries the number of its schema. */
export interface DocumentKind<Content> {
  /** @throws {FleetError} if the content does not fit the schema, and so could not be decoded again. */
  encode(content: Content): string;
  /** @throws {DocumentError} if the text is not JSON, has another schema number, or does not fit the schema. */
  decode(key: string, text: string): Content;
}

/** Creates a kind of document, whose objects are {@link orderFields} or {@link reportFields}. */
export function documentKind<Content extends object>(
  schema: number,
  shape: z.ZodType<Content>,
): DocumentKind<Content> {
  return {
    encode(content) {
      const { data, error } = shape.safeParse(content);
      if (error) throw new FleetError(`this cannot be stored: ${firstIssue(error)}`);
      return JSON.stringify({ schema, ...data });
    },
    decode(key, text) {
      const { schema: found, ...rest } = parseObject(key, text);
      if (found !== schema) {
        // Only a number is quoted: anything else may be nested too deeply to be written as JSON.
        const other = typeof found === 'number' ? found : 'not a number';
        throw new DocumentError(key, `its schema is ${other}, but this program supports ${schema}`);
      }
      const { data, error } = shape.safeParse(rest);
      if (error) throw new DocumentError(key, firstIssue(error));
      return data;
    },
  };
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'document'}: ${issue?.message}`;
}

function parseObject(key: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DocumentError(key, 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DocumentError(key, 'it is not an object');
  }
  return { ...value };
}
