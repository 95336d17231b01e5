import type { z } from 'zod';
import { FleetError } from '../fleet-error.ts';

/** Error for a value in the store that this program cannot read as a document. */
export class DocumentError extends FleetError {
  override readonly name = 'DocumentError';
  readonly key: string;

  constructor(key: string, reason: string) {
    super(`${key} is unreadable: ${reason}`);
    this.key = key;
  }
}

/** Encodes and decodes one kind of document: a JSON object that carries the number of its schema. */
export interface DocumentKind<Content> {
  /** @throws {FleetError} if the content does not fit the schema, and so could not be decoded again. */
  encode(content: Content): string;
  /** @throws {DocumentError} if the text is not JSON, has another schema number, or does not fit the schema. */
  decode(key: string, text: string): Content;
}

/**
 * Creates a kind of document. Fields that the schema does not know are errors: ignoring them would mean acting on only half of
 * what their writer meant.
 */
export function documentKind<Content extends object>(
  schema: number,
  shape: z.ZodType<Content>,
): DocumentKind<Content> {
  return {
    encode(content) {
      const { error } = shape.safeParse(content);
      if (error) throw new FleetError(`this cannot be stored: ${firstIssue(error)}`);
      return JSON.stringify({ schema, ...content });
    },
    decode(key, text) {
      const { schema: found, ...rest } = parseObject(key, text);
      if (found !== schema) {
        throw new DocumentError(
          key,
          `its schema is ${JSON.stringify(found)}, but this program supports ${schema}`,
        );
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
