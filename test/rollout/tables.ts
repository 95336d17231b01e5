import fc from 'fast-check';
import { Address, type Family } from '../../src/ipvs/address.ts';
import {
  type DestinationId,
  type DestinationSettings,
  familyOf,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  serverKey,
  serviceKey,
} from '../../src/ipvs/model.ts';
import type { DirectorState } from '../../src/ipvs/state.ts';
import type { ServiceEntry } from '../../src/ipvs/table.ts';
import type { Command } from '../../src/rules/command.ts';
import { defaultNetmask } from '../../src/rules/defaults.ts';
import { type DesiredTable, desiredState } from '../../src/rules/desired.ts';
import { settingsAfterDraining } from '../../src/rules/fallback-settings.ts';
import { formatCommand } from '../../src/rules/format.ts';
import { noStats } from '../ipvs/values.ts';
import { ipip, tunnel } from '../rules/arbitraries.ts';

// Random tables that a kernel accepts. The tables of one sample draw services and servers from a common pool, so that
// consecutive tables share many of them, with equal or different settings.

/** A service in the pool of a sample, with the servers that it may have. */
interface PooledService {
  readonly id: ServiceId;
  readonly servers: readonly DestinationId[];
}

const port = fc.integer({ min: 1, max: 65535 });
const families = fc.constantFrom<Family>('inet', 'inet6');

/** Generates an address that a server can have: unicast and, for IPv6, of global scope. */
function unicast(family: Family): fc.Arbitrary<Address> {
  const length = family === 'inet' ? 3 : 15;
  const first = family === 'inet' ? fc.constantFrom(10, 100, 203) : fc.constantFrom(0x20, 0x3f, 0xfd);
  return fc
    .tuple(first, fc.uint8Array({ minLength: length, maxLength: length }))
    .map(([head, tail]) => Address.from(Uint8Array.of(head, ...tail)));
}

const serviceId: fc.Arbitrary<ServiceId> = fc.oneof(
  fc.record({
    kind: fc.constant('address' as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
    address: families.chain(unicast),
    port: fc.oneof({ weight: 5, arbitrary: port }, fc.constant(0)),
  }),
  fc.record({
    kind: fc.constant('fwmark' as const),
    family: families,
    fwmark: fc.oneof(
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff),
      fc.integer({ min: 1, max: 0xffffffff }),
    ),
  }),
);

/** Generates a server's address and port; some servers of a service have the same address. */
function serverId(service: ServiceId): fc.Arbitrary<DestinationId> {
  const own = service.kind === 'fwmark' ? port : fc.constant(service.port);
  const family = fc.oneof({ weight: 4, arbitrary: fc.constant(familyOf(service)) }, families);
  return fc.record({
    address: fc.oneof(
      family.chain(unicast),
      fc.constant(Address.from(familyOf(service) === 'inet' ? Uint8Array.of(10, 0, 0, 1) : loneAddress)),
    ),
    port: fc.oneof(own, port),
  });
}

const loneAddress = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

const pool: fc.Arbitrary<readonly PooledService[]> = fc.uniqueArray(
  serviceId.chain((id) =>
    fc.record({
      id: fc.constant(id),
      servers: fc.uniqueArray(serverId(id), { maxLength: 7, selector: serverKey, size: 'max' }),
    }),
  ),
  { minLength: 1, maxLength: 5, selector: ({ id }) => serviceKey(id), size: 'max' },
);

const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'mh', 'sed', 'nq', 'fo', 'ovf'];

function serviceSettings(id: ServiceId): fc.Arbitrary<ServiceSettings> {
  const family = familyOf(id);
  const masks = family === 'inet' ? { min: 0, max: 0xffffffff } : { min: 1, max: 128 };
  const netmask = fc.oneof(fc.constant(defaultNetmask(family)), fc.integer(masks));
  const isAnyPort = id.kind === 'address' && id.port === 0;
  const persistence = fc.record({ timeout: fc.integer({ min: 1, max: 2678400 }), netmask });
  return fc
    .record({
      scheduler: fc.constantFrom(...schedulers),
      flags: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 7 }).map((bits) => bits << 3),
      ),
      onePacket: id.kind === 'fwmark' || id.protocol === 'udp' ? fc.boolean() : fc.constant(false),
      persistence: isAnyPort ? persistence : fc.option(persistence, { nil: undefined }),
      engine: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constant('sip')),
    })
    .map(({ scheduler, flags, onePacket, persistence, engine }) => ({
      scheduler,
      flags: flags | (onePacket ? ServiceFlag.onePacket : 0) | (persistence ? ServiceFlag.persistent : 0),
      timeout: persistence?.timeout ?? 0,
      netmask: persistence?.netmask ?? defaultNetmask(family),
      ...(engine && { persistenceEngine: engine }),
    }))
    .map(settingsAfterDraining); // Rules with the marker of a drain get other settings than they ask for.
}

function serverSettings(
  service: ServiceId,
  { address, port }: DestinationId,
): fc.Arbitrary<DestinationSettings> {
  const isOtherFamily = address.family !== familyOf(service);
  const isOtherPort = service.kind === 'address' && service.port !== port;
  const forwarding = isOtherFamily
    ? fc.constant('tunnel' as const)
    : isOtherPort
      ? fc.constant('masquerade' as const)
      : fc.constantFrom('masquerade' as const, 'tunnel' as const, 'route' as const);
  const threshold = fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 0x7fffffff }),
  );
  return forwarding.chain((method) =>
    fc
      .record({
        weight: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 0x7fffffff })),
        thresholds: fc.tuple(threshold, threshold),
        tunnel: method === 'tunnel' ? tunnel : fc.constant(ipip),
      })
      .map(({ weight, thresholds, tunnel }) => ({
        forwarding: method,
        weight,
        upperThreshold: Math.max(...thresholds),
        lowerThreshold: Math.min(...thresholds),
        tunnel,
      })),
  );
}

/** Generates a table of some services of the pool with some of their servers, as the commands that create it. */
function tableOf(services: readonly PooledService[]): fc.Arbitrary<readonly Command[]> {
  return fc
    .shuffledSubarray([...services], { minLength: Math.floor(services.length / 2) })
    .chain((chosen) => fc.tuple(...chosen.map(entryOf)))
    .map((entries) => entries.flat());
}

function entryOf({ id: service, servers }: PooledService): fc.Arbitrary<readonly Command[]> {
  const possible = servers.filter(
    ({ address, port }) =>
      address.family === familyOf(service) || service.kind === 'fwmark' || service.port === port,
  );
  const added = fc
    .shuffledSubarray(possible, { minLength: Math.floor(possible.length / 3) })
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((server) =>
          serverSettings(service, server).map(
            (settings): Command => ({ name: 'add-server', service, server, settings }),
          ),
        ),
      ),
    );
  return fc
    .tuple(serviceSettings(service), added)
    .map(([settings, commands]) => [{ name: 'add-service', service, settings }, ...commands]);
}

/** Generates `count` related tables, as the commands that create each. Most keep settings of the table before. */
export function relatedTables(count: number): fc.Arbitrary<readonly (readonly Command[])[]> {
  return pool.chain((services) =>
    fc
      .array(fc.tuple(tableOf(services), fc.integer({ min: 0, max: 3 })), {
        minLength: count,
        maxLength: count,
      })
      .map((samples) => {
        const tables: (readonly Command[])[] = [];
        for (const [table, likeness] of samples) {
          const last = tables.at(-1);
          tables.push(last && likeness > 0 ? mix(last, table, likeness) : table);
        }
        return tables;
      }),
  );
}

/** Returns `table`, in which all but each (`likeness` + 1)-th command are those of `last` for the same entry, if any. */
function mix(last: readonly Command[], table: readonly Command[], likeness: number): readonly Command[] {
  const before = new Map(last.map((command) => [targetOf(command), command]));
  return table.map((command, index) =>
    index % (likeness + 1) === 0 ? command : (before.get(targetOf(command)) ?? command),
  );
}

/** Returns the key of the service or server that a command is about. */
export function targetOf(command: Command): string {
  switch (command.name) {
    case 'add-service':
    case 'edit-service':
    case 'delete-service':
      return serviceKey(command.service);
    case 'add-server':
    case 'edit-server':
    case 'delete-server':
      return `${serviceKey(command.service)} → ${serverKey(command.server)}`;
    default:
      throw new TypeError(`${command.name} does not concern a service or server`);
  }
}

/** Returns the table that commands create. */
export function tableFrom(commands: readonly Command[]): DesiredTable {
  const { table, contradictions, others } = desiredState(
    commands.map((command, index) => ({ place: index + 1, command })),
  );
  if (contradictions.length > 0 || others.length > 0)
    throw new TypeError('the commands do not describe a table');
  return table;
}

/** Returns the rules of a table, sorted for comparison. */
export function rulesOf(table: DesiredTable): string[] {
  return [...table.values()]
    .flatMap(({ service, settings, servers }) => [
      text({ name: 'add-service', service, settings }),
      ...[...servers.values()].map(({ server, settings }) =>
        text({ name: 'add-server', service, server, settings }),
      ),
    ])
    .sort();
}

/** Formats a command as a line of a rule file. */
export function text(command: Command): string {
  return formatCommand(command).join(' ');
}

/** Returns the state of a director with this table, and otherwise the kernel's initial state. */
export function directorWith(table: DesiredTable): DirectorState {
  return { table: entriesOf(table), timeouts: { tcp: 900, tcpFin: 120, udp: 300 }, daemons: [] };
}

/** Returns a table's entries as the kernel would report them. */
export function entriesOf(table: DesiredTable): ServiceEntry[] {
  return [...table.values()].map(({ service, settings, servers }) => ({
    service: { id: service, ...settings, flags: settings.flags | ServiceFlag.hashed, stats: noStats },
    destinations: [...servers.values()].map(({ server, settings }) => ({
      id: server,
      ...settings,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats: noStats,
    })),
  }));
}
