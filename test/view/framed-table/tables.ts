import type { Destination, Service, ServiceId, Stats } from '../../../src/ipvs/model.ts';
import type { ServiceEntry } from '../../../src/ipvs/table.ts';
import { address, destinationSettings, noStats, serviceSettings, tcp } from '../../ipvs/values.ts';

// Tables for tests of views.

/** Returns counters that are 0 unless given. */
export function stats(some: Partial<Stats>): Stats {
  return { ...noStats, ...some };
}

/** Returns a service with default settings, except those given. */
export function service(id: ServiceId, some: Partial<Service> = {}): Service {
  return { ...serviceSettings, id, stats: noStats, ...some };
}

/** Returns a server with default settings, except those given. */
export function server(host: string, port: number, some: Partial<Destination> = {}): Destination {
  return {
    ...destinationSettings,
    forwarding: 'route',
    id: { address: address(host), port },
    activeConnections: 0,
    inactiveConnections: 0,
    persistentConnections: 0,
    stats: noStats,
    ...some,
  };
}

/** A table with one of everything: shares, a weight of 0, a threshold reached, services without a usable server, long names. */
export const sample: readonly ServiceEntry[] = [
  {
    service: service(tcp('192.168.10.120', 80), {
      stats: stats({ connections: 1234n, inPackets: 100_000_000n, inBytes: 18_446_744_073_709_551_615n }),
    }),
    destinations: [
      server('192.168.10.121', 80, { activeConnections: 30, inactiveConnections: 120 }),
      server('192.168.10.122', 80, { activeConnections: 10, inactiveConnections: 40 }),
      server('192.168.10.123', 80, { weight: 0, inactiveConnections: 2 }),
      server('192.168.10.124', 80, { activeConnections: 90, inactiveConnections: 10, upperThreshold: 100 }),
    ],
  },
  {
    service: service(tcp('2001:db8:1234:5678:9abc:def0:1234:5678', 65535), {
      scheduler: 'mh',
      flags: 0x1 | 0x8 | 0x10,
      timeout: 300,
      netmask: 64,
    }),
    destinations: [
      server('2001:db8:1234:5678:9abc:def0:1234:5679', 65535, { forwarding: 'tunnel', weight: 100 }),
      server('192.0.2.1', 65535, {
        forwarding: 'tunnel',
        tunnel: { type: 'gue', port: 6080, flags: 1 },
        activeConnections: 123456,
      }),
    ],
  },
  {
    service: service({ kind: 'fwmark', family: 'inet6', fwmark: 4294967295 }),
    destinations: [server('fd00::1', 0, { weight: 0 })],
  },
  { service: service({ ...tcp('192.0.2.7', 53), protocol: 'udp' }, { flags: 0x4 }), destinations: [] },
];
