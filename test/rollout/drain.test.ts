import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Destination, ServiceId } from '../../src/ipvs/model.ts';
import { connectionsOf } from '../../src/rollout/drain.ts';
import { address, destinationSettings, noStats, tcp } from '../ipvs/values.ts';

const server: Destination = {
  id: { address: address('10.0.0.1'), port: 80 },
  ...destinationSettings,
  ...{ activeConnections: 5, inactiveConnections: 2, persistentConnections: 1 },
  stats: noStats,
};

describe('the connections that draining waits for', () => {
  const services: readonly (readonly [string, ServiceId, number])[] = [
    ['TCP', tcp('192.0.2.1', 80), 5],
    ['UDP', { ...tcp('192.0.2.1', 53), protocol: 'udp' }, 7],
    ['a firewall mark', { kind: 'fwmark', fwmark: 1, family: 'inet' }, 5],
  ];
  for (const [what, service, connections] of services) {
    it(`are ${connections} if 5 are active, 2 inactive and 1 persistent: ${what}`, () => {
      assert.equal(connectionsOf(service, server), connections);
    });
  }
});
