import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromDestination } from '../../src/ipvs/codec/destination.ts';
import { DestinationRows } from '../../src/ipvs/codec/destination-rows.ts';
import { fromService } from '../../src/ipvs/codec/service.ts';
import { ServiceRows } from '../../src/ipvs/codec/service-rows.ts';
import type { DestinationId } from '../../src/ipvs/model.ts';
import { InetOrder, orderServices, RowOrder, sortDestinations, sortServices } from '../../src/view/order.ts';
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
        for (const first of [0, servers.length >> 1]) {
          const range = { first, end: servers.length };
          const order = new RowOrder({ sorted: true }).order(rows, range);
          assert.deepEqual(
            order.map((row) => servers[row]),
            sortDestinations(servers.slice(first)),
          );
          const unsorted = new RowOrder({ sorted: false }).order(rows, range);
          assert.deepEqual(
            unsorted.map((row) => servers[row]),
            servers.slice(first),
          );
        }
      }),
    );
  });

  it('is the same in lines of the kernel', () => {
    fc.assert(
      fc.property(servers, (servers) => {
        const inet = servers.filter(({ id }) => id.address.family === 'inet');
        const inOrder = new InetOrder();
        for (const [index, { id }] of inet.entries()) inOrder.set(index, id.address.word(0), id.port);
        const order = inOrder.order(inet.length);
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
