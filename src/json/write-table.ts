import {
  type Destination,
  familyOf,
  type Info,
  type Protocol,
  type Service,
  ServiceFlag,
  type ServiceId,
  type Stats,
  type Tunnel,
  versionText,
} from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Names } from '../names/address-names.ts';
import { formatNetmask } from '../rules/netmask.ts';
import { schedulerFlagNames } from '../rules/scheduler-flags.ts';
import { counterValue } from './counter.ts';
import type { JsonCounters, JsonDocument, JsonServer, JsonService, JsonTunnel } from './schema.ts';
import { checksumName } from './tunnel-checksums.ts';
import { endpointFields } from './write-endpoint.ts';

/** Optional parts of a table document, besides settings and connection counts. */
export interface TableDocumentOptions {
  readonly stats: boolean;
  readonly rates: boolean;
  /** Names of hosts and ports; absent for numbers only. */
  readonly names: Names | undefined;
}

/**
 * Returns the document of a table or one service, which `parseJsonRules` converts back to the commands that create it.
 * Fields that do not apply are left out.
 */
export function tableDocument(
  entries: readonly ServiceEntry[],
  info: Info,
  options: TableDocumentOptions,
): Pick<JsonDocument, 'ipvs' | 'services'> {
  return {
    ipvs: { version: versionText(info), connectionTableSize: info.connectionTableSize },
    services: entries.map((entry) => serviceFields(entry, options)),
  };
}

function serviceFields({ service, destinations }: ServiceEntry, options: TableDocumentOptions): JsonService {
  const { id, scheduler, flags, persistenceEngine, stats } = service;
  const protocol = id.kind === 'address' ? id.protocol : undefined;
  return {
    ...idFields(id, options.names),
    scheduler,
    schedulerFlags: schedulerFlagNames(scheduler, flags),
    persistence: flags & ServiceFlag.persistent ? persistenceFields(service) : undefined,
    persistenceEngine: persistenceEngine || undefined,
    onePacket: (flags & ServiceFlag.onePacket) !== 0,
    stats: options.stats ? totals(stats) : undefined,
    rates: options.rates ? rates(stats) : undefined,
    servers: destinations.map((server) => serverFields(server, protocol, options)),
  };
}

/** Returns the fields of a server, with settings and counts in the order of the kernel's schema. */
function serverFields(
  { id, stats, forwarding, tunnel, ...numbers }: Destination,
  protocol: Protocol | undefined,
  options: TableDocumentOptions,
): JsonServer {
  return {
    ...endpointFields(id, protocol, options.names),
    forwarding,
    tunnel: forwarding === 'tunnel' ? tunnelFields(tunnel) : undefined,
    ...numbers,
    stats: options.stats ? totals(stats) : undefined,
    rates: options.rates ? rates(stats) : undefined,
  };
}

function idFields(id: ServiceId, names: Names | undefined) {
  if (id.kind === 'fwmark') return { fwmark: id.fwmark, family: id.family };
  return { protocol: id.protocol, ...endpointFields(id, id.protocol, names) };
}

/** Returns the fields of persistence; the netmask is dotted for IPv4, and a prefix length for IPv6. */
function persistenceFields({ id, timeout, netmask }: Service) {
  const family = familyOf(id);
  return { timeout, netmask: family === 'inet' ? formatNetmask(netmask, family) : netmask };
}

function tunnelFields({ type, port, flags }: Tunnel): JsonTunnel {
  switch (type) {
    case 'ipip':
      return { type };
    case 'gre':
      return { type, checksum: checksumName(flags) === 'none' ? 'none' : 'full' };
    case 'gue':
      return { type, port, checksum: checksumName(flags) };
  }
}

function totals(stats: Stats): JsonCounters {
  return {
    connections: counterValue(stats.connections),
    inPackets: counterValue(stats.inPackets),
    outPackets: counterValue(stats.outPackets),
    inBytes: counterValue(stats.inBytes),
    outBytes: counterValue(stats.outBytes),
  };
}

function rates(stats: Stats): JsonCounters {
  return {
    connections: counterValue(stats.connectionRate),
    inPackets: counterValue(stats.inPacketRate),
    outPackets: counterValue(stats.outPacketRate),
    inBytes: counterValue(stats.inByteRate),
    outBytes: counterValue(stats.outByteRate),
  };
}
