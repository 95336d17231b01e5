import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { projectFolder } from '../lab/project.ts';

const schema = JSON.parse(readFileSync(join(projectFolder, 'src/json/ipvsadm.schema.json'), 'utf8'));

/** Validator for the package's schema; strict about the schema itself, too, except for `required` in `anyOf`. */
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  allErrors: true,
  formats: { ipv4: isIPv4, ipv6: isIPv6 },
});
ajv.addSchema(schema, 'ipvsadm');

/** Asserts that a value is a document that conforms to the schema. */
export function assertDocument(value: unknown): void {
  assertValid('ipvsadm', value);
}

/** Asserts that a value is a connection that conforms to the schema. */
export function assertConnection(value: unknown): void {
  assertValid('ipvsadm#/$defs/connection', value);
}

function assertValid(name: string, value: unknown): void {
  assert.ok(ajv.validate(name, value), `${ajv.errorsText()}\n${JSON.stringify(value, undefined, 2)}`);
}
