import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromDestination } from '../../src/ipvs/codec/destination.ts';
import { DestinationRows } from '../../src/ipvs/codec/destination-rows.ts';
import { fromService } from '../../src/ipvs/codec/service.ts';
import { ServiceRows } from '../../src/ipvs/codec/service-rows.ts';
import type { DestinationId } from '../../src/ipvs/model.ts';
import {
  orderInetServers,
  orderRows,
  orderServices,
  sortDestinations,
  sortServices,
} from '../../src/view/order.ts';
import { answer } from '../ipvs/answer.ts';
import * as arbitrary from '../ipvs/arbitraries.ts';
import { destinationSettings, noStats, serviceSettings } from '../ipvs/values.ts';

/** Servers in any order, in the kernel's for rules in order, and next to each other. */
const servers = fc
  .tuple(fc.array(arbitrary.destinationId, { maxLength: 30 }), fc.boolean())
  .map(([ids, turned]) =>
    turned ? sortDestinations(ids.map((id) => ({ id }))).toReversed() : ids.map((id) => ({ id })),
  );

function rowsOf(ids: readonly DestinationId[]): DestinationRows {
  const rows = new DestinationRows();
  const counts = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, stats64: noStats };
  for (const id of ids) {
    rows.add(answer({ destination: { ...fromDestination(id, destinationSettings), ...counts } }), 'inet');
  }
  return rows;
}

describe('the order of servers', () => {
  it('is the same in rows of numbers', () => {
    fc.assert(
      fc.property(servers, (servers) => {
        const rows = rowsOf(servers.map(({ id }) => id));
        const order = orderRows(rows, [...servers.keys()]);
        assert.deepEqual(
          order.map((row) => servers[row]),
          sortDestinations(servers),
        );
      }),
    );
  });

  it('is the same in lines of the kernel', () => {
    fc.assert(
      fc.property(servers, (servers) => {
        const inet = servers.filter(({ id }) => id.address.family === 'inet');
        const addresses = Int32Array.from(inet, ({ id }) => id.address.word(0));
        const ports = Int32Array.from(inet, ({ id }) => id.port);
        const order = orderInetServers(addresses, ports, inet.length);
        assert.deepEqual(
          order.map((index) => inet[index]),
          sortDestinations(inet),
        );
      }),
    );
  });
});

describe('the order of services', () => {
  it('is the same in rows of numbers', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.serviceId, { maxLength: 30 }), (ids) => {
        const rows = new ServiceRows();
        for (const id of ids) {
          const settings = { ...serviceSettings, netmask: 32 };
          rows.add(answer({ service: { ...fromService(id, settings), stats64: noStats } }));
        }
        assert.deepEqual(
          orderServices(rows, [...ids.keys()]).map((row) => ids[row]),
          sortServices(ids, (id) => id),
        );
      }),
    );
  });
});
