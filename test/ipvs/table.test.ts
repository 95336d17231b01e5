import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { platform } from '#platform';
import type { Ipvs } from '../../src/ipvs/client.ts';
import type { Service } from '../../src/ipvs/model.ts';
import { groupSize, readEntries } from '../../src/ipvs/table.ts';
import { noStats, serviceSettings, tcp } from './values.ts';

/** Returns `count` services without servers. */
function servicesOf(count: number): Service[] {
  return Array.from({ length: count }, (_, index) => ({
    id: tcp('10.0.0.1', 1 + index),
    ...serviceSettings,
    stats: noStats,
  }));
}

/** A client that returns servers only for the first service of a group, as if the others had been removed meanwhile. */
const ipvs: Pick<Ipvs, 'destinationsOf'> = { destinationsOf: async () => [[]] };

describe('readEntries', () => {
  it('yields every service, in groups', async () => {
    const services = servicesOf(2 * groupSize + 1);
    const groups = [];
    for await (const group of readEntries(ipvs as Ipvs, services)) groups.push(group);
    assert.deepEqual(
      groups.map(({ length }) => length),
      [groupSize, groupSize, 1],
    );
    assert.deepEqual(
      groups.flat(),
      services.map((service) => ({ service, destinations: [] })),
    );
  });

  it('begins bulk work only for more than one group of services', async (test) => {
    const { mock } = test.mock.method(platform, 'beginBulk', () => {});
    await readEntries(ipvs as Ipvs, servicesOf(groupSize)).next();
    assert.equal(mock.callCount(), 0);
    await readEntries(ipvs as Ipvs, servicesOf(groupSize + 1)).next();
    assert.equal(mock.callCount(), 1);
  });
});
