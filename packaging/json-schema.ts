// Writes the JSON Schema of the documents into src/json/ipvsadm.schema.json: `npm run generate`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { connection, document, isAlwaysPrinted } from '../src/json/schema.ts';

/** The JSON Schema file in the package. */
export const schemaFile = join(import.meta.dirname, '../src/json/ipvsadm.schema.json');

/** Sets of fields: every document has all fields of at least one. */
const contents = [['ipvs', 'services'], ['timeouts'], ['daemons']];

/** Returns the text of the schema: it describes documents as printed, with the defaults that apply when they are read. */
export function schemaText(): string {
  const settings = { target: 'draft-2020-12', io: 'output', override: requirePrinted } as const;
  const { $defs = {}, ...root } = z.toJSONSchema(document, settings);
  const lines = z.toJSONSchema(connection, settings).$defs;
  const schema = {
    ...root,
    anyOf: contents.map((required) => ({ required })),
    $defs: { ...$defs, ...lines },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** Requires fields that are always printed but optional for the reader. */
function requirePrinted({
  zodSchema,
  jsonSchema,
}: Parameters<NonNullable<z.core.ToJSONSchemaParams['override']>>[0]) {
  if (!(zodSchema instanceof z.core.$ZodObject)) return;
  const { shape } = zodSchema._zod.def;
  const printed = Object.keys(shape).filter((name) => {
    const field = shape[name];
    return field !== undefined && (isAlwaysPrinted(field) || jsonSchema.required?.includes(name));
  });
  if (printed.length > 0) jsonSchema.required = printed;
}

if (import.meta.filename === process.argv[1]) writeFileSync(schemaFile, schemaText());
