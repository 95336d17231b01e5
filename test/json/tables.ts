import fc from 'fast-check';
import type { Destination, Service, ServiceId } from '../../src/ipvs/model.ts';
import type { ServiceEntry } from '../../src/ipvs/table.ts';
import { stats } from '../ipvs/arbitraries.ts';
import { server, serviceId, serviceSettings } from '../rules/arbitraries.ts';

const count = fc.integer({ min: 0, max: 0xffffffff });

const service = (id: ServiceId): fc.Arbitrary<Service> =>
  fc
    .record({ settings: serviceSettings(id), stats })
    .map(({ settings, stats }) => ({ id, ...settings, stats }));

const destination = (id: ServiceId): fc.Arbitrary<Destination> =>
  fc
    .record({ of: server(id), active: count, inactive: count, persistent: count, stats })
    .map(({ of: { server, settings }, active, inactive, persistent, stats }) => ({
      id: server,
      ...settings,
      activeConnections: active,
      inactiveConnections: inactive,
      persistentConnections: persistent,
      stats,
    }));

/** Any table that a kernel can have, with arbitrary counters. */
export const table: fc.Arbitrary<ServiceEntry[]> = fc.array(
  serviceId.chain((id) =>
    fc.record({ service: service(id), destinations: fc.array(destination(id), { maxLength: 5 }) }),
  ),
  { maxLength: 5 },
);
