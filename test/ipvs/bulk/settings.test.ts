import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodePlan } from '../../../src/ipvs/bulk/decode-plan.ts';
import { DestinationField, serverSettings } from '../../../src/ipvs/bulk/destination-array.ts';
import { ServiceField, serviceSettings } from '../../../src/ipvs/bulk/service-array.ts';
import { destinationSchema } from '../../../src/ipvs/schema/destination.ts';
import { serviceSchema } from '../../../src/ipvs/schema/service.ts';

describe('the settings fields of an entry', () => {
  for (const [schema, fields, range] of [
    [destinationSchema, DestinationField, serverSettings],
    [serviceSchema, ServiceField, serviceSettings],
  ] as const) {
    // A listing compares only this range before it reuses the text of another entry.
    it(`are contiguous: ${schema.name}`, () => {
      const { columns } = decodePlan(schema, fields);
      for (const { name, attribute } of schema.settings) {
        const place = columns[attribute] ?? -1;
        assert.ok(place >= range.first && place < range.end, `${name} is outside the range, at ${place}`);
      }
    });
  }
});
