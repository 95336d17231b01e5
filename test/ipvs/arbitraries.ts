import fc from 'fast-check';
import { Address, type Family } from '../../src/ipvs/address.ts';
import type {
  DestinationId,
  DestinationSettings,
  ServiceId,
  ServiceSettings,
  Stats,
  SyncDaemon,
} from '../../src/ipvs/model.ts';

// Arbitrary values of the model, for property-based tests.

/** Options for records with a prototype, like those of the code under test: a strict `deepEqual` compares prototypes. */
const plain = { noNullPrototype: true } as const;

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const name = fc.string({ minLength: 1, maxLength: 15 }).filter((text) => !text.includes('\0'));

const family = fc.constantFrom<Family>('inet', 'inet6');

export function address(family: Family): fc.Arbitrary<Address> {
  const length = family === 'inet' ? 4 : 16;
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Address.from(bytes));
}

const anyAddress = family.chain(address);

export const serviceId: fc.Arbitrary<ServiceId> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('address' as const),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      address: anyAddress,
      port: u16,
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('fwmark' as const),
      family,
      fwmark: fc.integer({ min: 1, max: 0xffffffff }),
    },
    plain,
  ),
);

export const serviceSettings: fc.Arbitrary<ServiceSettings> = fc.record(
  {
    scheduler: name,
    persistenceEngine: fc.option(name, { nil: undefined }),
    flags: u32,
    timeout: u32,
    netmask: u32,
  },
  plain,
);

export const destinationId: fc.Arbitrary<DestinationId> = fc.record(
  { address: anyAddress, port: u16 },
  plain,
);

export const destinationSettings: fc.Arbitrary<DestinationSettings> = fc.record(
  {
    forwarding: fc.constantFrom('masquerade', 'local', 'tunnel', 'route', 'bypass'),
    weight: u32,
    upperThreshold: u32,
    lowerThreshold: u32,
    tunnel: fc.record({ type: fc.constantFrom('ipip', 'gue', 'gre'), port: u16, flags: u16 }, plain),
  },
  plain,
);

export const stats: fc.Arbitrary<Stats> = fc.record(
  {
    connections: u64,
    inPackets: u64,
    outPackets: u64,
    inBytes: u64,
    outBytes: u64,
    connectionRate: u64,
    inPacketRate: u64,
    outPacketRate: u64,
    inByteRate: u64,
    outByteRate: u64,
  },
  plain,
);

export const daemon: fc.Arbitrary<SyncDaemon> = fc.record(
  {
    role: fc.constantFrom('master', 'backup'),
    interface: name,
    syncId: u8,
    maxLength: fc.option(u16, { nil: undefined }),
    group: fc.option(anyAddress, { nil: undefined }),
    port: fc.option(u16, { nil: undefined }),
    ttl: fc.option(u8, { nil: undefined }),
  },
  plain,
);
