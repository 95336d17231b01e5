import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Address } from '../../../src/ipvs/address.ts';
import type { DestinationId, Protocol, ServiceId } from '../../../src/ipvs/model.ts';
import { orderServers, orderServices } from '../../../src/view/bulk/order.ts';
import { sortDestinations, sortServices } from '../../../src/view/order.ts';
import * as arbitrary from '../../ipvs/arbitraries.ts';
import { destinationArray, serviceArray } from '../../ipvs/bulk/arrays.ts';
import { destinationSettings, noStats, serviceSettings } from '../../ipvs/values.ts';

const near = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 3 }))
  .map(([last, port]) => ({ address: Address.fromWord(0x0a000000 + last), port }));
/** Servers with arbitrary or similar addresses; either in any order, or in reverse, as the kernel lists sorted rules. */
const servers = fc
  .tuple(
    fc.oneof(fc.array(arbitrary.destinationId, { maxLength: 30 }), fc.array(near, { maxLength: 30 })),
    fc.boolean(),
  )
  .map(([ids, turned]) =>
    turned ? sortDestinations(ids.map((id) => ({ id }))).toReversed() : ids.map((id) => ({ id })),
  );

const someServices = fc.array(arbitrary.serviceId, { maxLength: 30 });
/** Services with similar IPv4 addresses, some on both sides of the middle or of the end of the address range. */
const nearServices = fc
  .tuple(
    fc.constantFrom(0, 0x0a000000, 0x7ffffff0, 0xc0a80000, 0xfffffff0),
    fc.array(
      fc.record({
        protocol: fc.constantFrom<Protocol>('tcp', 'udp', 'sctp', 'ip_7'),
        last: fc.integer({ min: 0, max: 40 }),
        port: fc.constantFrom(0, 1, 80, 65535),
      }),
      { maxLength: 30 },
    ),
  )
  .map(([network, ids]) =>
    ids.map(({ protocol, last, port }): ServiceId => {
      return { kind: 'address', protocol, address: Address.fromWord((network + last) | 0), port };
    }),
  );

function arrayOf(ids: readonly DestinationId[]) {
  const counts = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, stats: noStats };
  return destinationArray(ids.map((id) => ({ id, ...destinationSettings, ...counts })));
}

describe('orderServers', () => {
  it('orders servers as sortDestinations does', () => {
    fc.assert(
      fc.property(servers, (servers) => {
        const array = arrayOf(servers.map(({ id }) => id));
        for (const first of [0, servers.length >> 1]) {
          const rest = servers.slice(first);
          const order = orderServers(array, first, servers.length);
          const ordered = order === 'reversed' ? rest.toReversed() : order.map((index) => servers[index]);
          assert.deepEqual(ordered, sortDestinations(rest));
        }
      }),
    );
  });

  it('reverses servers in descending order, unless their addresses are too far apart', () => {
    const ordered = (...addresses: string[]) => {
      const ids = addresses.map((text) => ({ address: Address.parse(text) ?? assert.fail(text), port: 80 }));
      // Servers of another service are before them.
      const other = { address: Address.fromWord(1), port: 80 };
      const order = orderServers(arrayOf([other, ...ids]), 1, ids.length + 1);
      return order === 'reversed' ? addresses.toReversed() : order.map((index) => addresses[index - 1]);
    };
    assert.deepEqual(ordered('10.0.0.3', '10.0.0.2', '10.0.0.1'), ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    // ipvsadm 1.31 subtracts in 32 bits, which puts 10.0.0.1 after 192.168.0.1, and 112.0.0.1 before 144.0.0.1.
    assert.deepEqual(ordered('10.0.0.1', '192.168.0.1'), ['192.168.0.1', '10.0.0.1']);
    assert.deepEqual(ordered('112.0.0.1', '144.0.0.1'), ['112.0.0.1', '144.0.0.1']);
  });
});

describe('orderServices', () => {
  it('orders services as sortServices does', () => {
    fc.assert(
      fc.property(fc.oneof(someServices, nearServices), (ids) => {
        const array = serviceArray(
          ids.map((id) => ({ id, ...serviceSettings, netmask: 32, stats: noStats })),
        );
        assert.deepEqual(
          orderServices(array).map((index) => ids[index]),
          sortServices(ids, (id) => id),
        );
      }),
    );
  });
});
