import fc from 'fast-check';
import { Address, type Family } from '../../src/ipvs/address.ts';
import {
  type DestinationId,
  type DestinationSettings,
  familyOf,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  type Tunnel,
  TunnelFlag,
} from '../../src/ipvs/model.ts';
import type { Command } from '../../src/rules/command.ts';

const port = fc.integer({ min: 1, max: 65535 });

/** Any address of a family. */
export function address(family: Family): fc.Arbitrary<Address> {
  const length = family === 'inet' ? 4 : 16;
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Address.from(bytes));
}

const anyFamily = fc.constantFrom<Family>('inet', 'inet6');

/** Any virtual service whose port, if it has one, is not 0. */
export const serviceId: fc.Arbitrary<ServiceId> = fc.oneof(
  fc.record({
    kind: fc.constant('address' as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
    address: anyFamily.chain(address),
    port,
  }),
  fc.record({
    kind: fc.constant('fwmark' as const),
    family: anyFamily,
    fwmark: fc.integer({ min: 1, max: 0xffffffff }),
  }),
);

/** Any settings that a command line can give to a service. */
export function serviceSettings(id: ServiceId): fc.Arbitrary<ServiceSettings> {
  const mayBeOnePacket = id.kind === 'fwmark' || id.protocol === 'udp';
  return fc
    .record({
      scheduler: fc.constantFrom(
        'rr',
        'wrr',
        'lc',
        'wlc',
        'lblc',
        'dh',
        'sh',
        'mh',
        'sed',
        'nq',
        'fo',
        'ovf',
      ),
      schedulerFlags: fc.subarray([ServiceFlag.scheduler1, ServiceFlag.scheduler2, ServiceFlag.scheduler3]),
      onePacket: mayBeOnePacket ? fc.boolean() : fc.constant(false),
      persistence: fc.option(fc.integer({ min: 1, max: 2678400 }), { nil: undefined }),
      netmask:
        familyOf(id) === 'inet' ? fc.integer({ min: 0, max: 0xffffffff }) : fc.integer({ min: 1, max: 128 }),
      engine: fc.option(fc.constant('sip'), { nil: undefined }),
    })
    .map(({ scheduler, schedulerFlags, onePacket, persistence, netmask, engine }) => ({
      scheduler,
      flags:
        schedulerFlags.reduce((sum, flag) => sum | flag, 0) |
        (onePacket ? ServiceFlag.onePacket : 0) |
        (persistence === undefined ? 0 : ServiceFlag.persistent),
      timeout: persistence ?? 0,
      netmask,
      ...(engine && { persistenceEngine: engine }),
    }));
}

/** The default encapsulation, which a server has unless another one is set. */
export const ipip: Tunnel = { type: 'ipip', port: 0, flags: 0 };
const checksums = fc.constantFrom(0, TunnelFlag.checksum);
/** The encapsulations that a command line can ask for. */
export const tunnel: fc.Arbitrary<Tunnel> = fc.oneof(
  fc.constant(ipip),
  fc.record({ type: fc.constant('gre' as const), port: fc.constant(0), flags: checksums }),
  fc.record({
    type: fc.constant('gue' as const),
    port,
    flags: fc.oneof(checksums, fc.constant(TunnelFlag.remoteChecksum)),
  }),
);

/** Any real server of a service, with settings that a command line can give it. */
export function server(
  service: ServiceId,
): fc.Arbitrary<{ server: DestinationId; settings: DestinationSettings }> {
  const count = fc.integer({ min: 0, max: 0x7fffffff });
  return fc.constantFrom('masquerade' as const, 'tunnel' as const, 'route' as const).chain((forwarding) =>
    fc.record({
      server: fc.record({
        address: forwarding === 'tunnel' ? anyFamily.chain(address) : address(familyOf(service)),
        port: service.kind === 'fwmark' || forwarding === 'masquerade' ? port : fc.constant(service.port),
      }),
      settings: fc.record({
        forwarding: fc.constant(forwarding),
        weight: count,
        upperThreshold: count,
        lowerThreshold: count,
        tunnel: forwarding === 'tunnel' ? tunnel : fc.constant(ipip),
      }),
    }),
  );
}

/** Any command that changes the table. */
export const tableCommand: fc.Arbitrary<Command> = serviceId.chain((service) =>
  fc.oneof(
    fc.record({
      name: fc.constantFrom('add-service' as const, 'edit-service' as const),
      service: fc.constant(service),
      settings: serviceSettings(service),
    }),
    fc.record({ name: fc.constant('delete-service' as const), service: fc.constant(service) }),
    fc.record({ name: fc.constant('zero' as const), service: fc.constant(service) }),
    fc
      .record({
        name: fc.constantFrom('add-server' as const, 'edit-server' as const),
        server: server(service),
      })
      .map(({ name, server: { server, settings } }) => ({ name, service, server, settings })),
    server(service).map(({ server }) => ({ name: 'delete-server' as const, service, server })),
  ),
);
