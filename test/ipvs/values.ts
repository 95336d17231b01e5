import assert from 'node:assert/strict';
import { Address } from '../../src/ipvs/address.ts';
import type { AddressServiceId, DestinationSettings, ServiceSettings, Stats } from '../../src/ipvs/model.ts';

// Plain values of the model, for tests that do not care about the values.

export function address(text: string): Address {
  const address = Address.parse(text);
  assert.ok(address, text);
  return address;
}

export function tcp(virtualAddress: string, port: number): AddressServiceId {
  return { kind: 'address', protocol: 'tcp', address: address(virtualAddress), port };
}

export const serviceSettings: ServiceSettings = {
  scheduler: 'rr',
  persistenceEngine: undefined,
  flags: 0,
  timeout: 0,
  netmask: 0xffffffff,
};

export const destinationSettings: DestinationSettings = {
  forwarding: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: { type: 'ipip', port: 0, flags: 0 },
};

/** The counters of a service or server without any traffic. */
export const noStats: Stats = {
  connections: 0n,
  inPackets: 0n,
  outPackets: 0n,
  inBytes: 0n,
  outBytes: 0n,
  connectionRate: 0n,
  inPacketRate: 0n,
  outPacketRate: 0n,
  inByteRate: 0n,
  outByteRate: 0n,
};
