import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatEndpoint } from '../../../src/ipvs/endpoint.ts';
import type { Destination, Protocol, Service, ServiceId } from '../../../src/ipvs/model.ts';
import type { ServiceEntry } from '../../../src/ipvs/table.ts';
import { formatRules } from '../../../src/rules/format.ts';
import { commandsOf } from '../../../src/rules/table.ts';
import { type LineForm, listingLines, ruleLines } from '../../../src/view/bulk/line-form.ts';
import { TableLines } from '../../../src/view/bulk/table-lines.ts';
import { counterUnits } from '../../../src/view/counter.ts';
import { type ColumnSet, layouts } from '../../../src/view/listing/columns.ts';
import { formatEntry } from '../../../src/view/listing/listing.ts';
import * as arbitrary from '../../ipvs/arbitraries.ts';
import { destinationArray, serviceArray } from '../../ipvs/bulk/arrays.ts';
import { destinationSettings, noStats, serviceSettings, tcp } from '../../ipvs/values.ts';

const columnSets = Object.keys(layouts) as ColumnSet[];

/** Counters of different lengths: most of them short, as in practice. */
const stats = fc
  .tuple(arbitrary.stats, fc.constantFrom(0n, 26n, 32n, 64n))
  .map(
    ([stats, bits]) =>
      Object.fromEntries(
        Object.entries(stats).map(([name, value]) => [name, BigInt.asUintN(Number(bits), value)]),
      ) as unknown as Service['stats'],
  );
const count = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffffffff }));

/** Services of any protocol, as the kernel accepts even those that it does not balance. */
const serviceId: fc.Arbitrary<ServiceId> = fc
  .tuple(arbitrary.serviceId, fc.option(fc.integer({ min: 200, max: 0xffff })))
  .map(([id, other]) =>
    id.kind === 'address' && other !== null ? { ...id, protocol: `ip_${other}` as Protocol } : id,
  );
/** Either only flags with a meaning, or arbitrary bits. */
const flags = fc.oneof(fc.integer({ min: 0, max: 0x3f }), fc.integer({ min: 0, max: 0xffffffff }));
const scheduler = fc.constantFrom('rr', 'sh', 'mh', 'wlc');
const service: fc.Arbitrary<Service> = fc
  .tuple(serviceId, arbitrary.serviceSettings, flags, scheduler, stats)
  .map(([id, settings, flags, scheduler, stats]) => ({ id, ...settings, flags, scheduler, stats }));
const destination: fc.Arbitrary<Destination> = fc
  .tuple(arbitrary.destinationId, arbitrary.destinationSettings, count, count, count, count, stats)
  .map(([id, settings, weight, activeConnections, inactiveConnections, persistentConnections, stats]) => ({
    id,
    ...settings,
    weight,
    activeConnections,
    inactiveConnections,
    persistentConnections,
    stats,
  }));
/** Servers, some of which have the same settings as others. */
const destinations = fc
  .array(destination, { maxLength: 8 })
  .map((servers) => servers.flatMap((server) => [server, { ...server, id: servers[0]?.id ?? server.id }]));
const entries = fc.array(
  fc.tuple(service, destinations).map(([service, destinations]) => ({ service, destinations })),
  { maxLength: 6 },
);

/** Returns the lines of entries as the bulk writer formats them, from number arrays. */
function bulkText(entries: readonly ServiceEntry[], form: LineForm, counters: boolean): string {
  const services = serviceArray(
    entries.map(({ service }) => service),
    counters,
  );
  const servers = destinationArray(
    entries.flatMap(({ destinations }) => destinations),
    'inet',
    counters,
  );
  let text = '';
  const lines = new TableLines(form, services, servers, (bytes) => {
    text += Buffer.from(bytes).toString();
  });
  let end = 0;
  const ranges = entries.map(({ destinations }) => {
    const start = end;
    end += destinations.length;
    return { start, end };
  });
  lines.write([...entries.keys()], ranges, false);
  lines.finish();
  return text;
}

describe('TableLines', () => {
  for (const columns of columnSets) {
    for (const exact of [false, true]) {
      it(`writes the same listings as formatEntry: ${columns}${exact ? ', exact' : ''}`, () => {
        fc.assert(
          fc.property(entries, (entries) => {
            const expected = entries.map((entry) => formatEntry(entry, { columns, exact }, formatEndpoint));
            assert.equal(bulkText(entries, listingLines({ columns, exact }), true), expected.join(''));
          }),
        );
      });
    }
  }

  it('abbreviates counters from the same numbers on as formatEntry', () => {
    const limits = counterUnits.flatMap(({ from }) => [BigInt(from) - 1n, BigInt(from)]);
    const entries = [...limits, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n].map((counter) => {
      const stats = { ...noStats, connections: counter, inBytes: counter, inPacketRate: counter };
      const counts = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 };
      const id = { address: tcp('10.0.0.1', 80).address, port: 80 };
      return {
        service: { id: tcp('192.0.2.1', 80), ...serviceSettings, stats },
        destinations: [{ id, ...destinationSettings, ...counts, stats }],
      };
    });
    for (const columns of ['stats', 'rate'] as const) {
      const expected = entries.map((entry) => formatEntry(entry, { columns, exact: false }, formatEndpoint));
      assert.equal(bulkText(entries, listingLines({ columns, exact: false }), true), expected.join(''));
    }
  });

  it('writes the same rules as formatRules', () => {
    fc.assert(
      fc.property(entries, (entries) => {
        const expected = entries.map((entry) => formatRules(commandsOf(entry)));
        assert.equal(bulkText(entries, ruleLines(), false), expected.join(''));
      }),
    );
  });

  it('passes on lines before all are written', () => {
    const services = serviceArray(
      Array.from({ length: 3000 }, (_, port) => ({
        id: tcp('10.0.0.1', port),
        ...serviceSettings,
        stats: noStats,
      })),
    );
    const passedOn: string[] = [];
    const lines = new TableLines(ruleLines(), services, destinationArray([]), (bytes) => {
      passedOn.push(Buffer.from(bytes).toString());
    });
    const all = [...Array(3000).keys()];
    lines.write(all, [], true);
    const before = passedOn.length;
    lines.finish();
    assert.equal(before, 1);
    assert.equal(passedOn.join(''), all.map((port) => `-A -t 10.0.0.1:${port} -s rr\n`).join(''));
  });

  it('sorts servers if requested', () => {
    const service = { id: tcp('10.0.0.1', 80), ...serviceSettings, stats: noStats };
    for (const lasts of [
      [9, 3, 2, 1],
      [9, 2, 3, 1],
      [9, 1, 2, 3],
    ]) {
      const servers = destinationArray(
        lasts.map((last) => ({
          id: { address: tcp(`10.0.0.${last}`, 80).address, port: 80 },
          ...destinationSettings,
          activeConnections: 0,
          inactiveConnections: 0,
          persistentConnections: 0,
          stats: noStats,
        })),
      );
      for (const sorted of [true, false]) {
        let text = '';
        const lines = new TableLines(ruleLines(), serviceArray([service, service]), servers, (bytes) => {
          text += Buffer.from(bytes).toString();
        });
        lines.write(
          [0, 1],
          [
            { start: 0, end: 1 },
            { start: 1, end: 4 },
          ],
          sorted,
        );
        lines.finish();
        const written = [...text.matchAll(/-r 10\.0\.0\.(\d)/g)].map(([, last]) => Number(last));
        const [first, ...rest] = lasts;
        assert.deepEqual(written, [first, ...(sorted ? rest.toSorted() : rest)]);
      }
    }
  });

  it('writes non-ASCII scheduler names unchanged', () => {
    const entry = {
      service: { id: tcp('10.0.0.1', 80), ...serviceSettings, scheduler: '€uro', stats: noStats },
      destinations: [],
    };
    assert.equal(bulkText([entry], ruleLines(), false), '-A -t 10.0.0.1:80 -s €uro\n');
  });

  it('distinguishes more settings than it caches', () => {
    const destinations = Array.from({ length: 2000 }, (_, weight) => ({
      id: { address: tcp('10.0.0.1', 80).address, port: 80 },
      ...destinationSettings,
      weight: weight * 31,
      upperThreshold: weight,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats: noStats,
    }));
    const entry = { service: { id: tcp('10.0.0.1', 80), ...serviceSettings, stats: noStats }, destinations };
    assert.equal(bulkText([entry], ruleLines(), false), formatRules(commandsOf(entry)));
  });
});
