import type { Address } from '../ipvs/address.ts';
import {
  type Destination,
  familyOf,
  type Info,
  isUsable,
  type Service,
  ServiceFlag,
  type ServiceId,
  type Stats,
  versionText,
} from '../ipvs/model.ts';
import type { Totals } from '../ipvs/proc/totals.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Names } from '../names/address-names.ts';
import type { MetricsScope } from '../rules/command.ts';
import { schedulerFlagNames } from '../rules/scheduler-flags.ts';
import { type Metric, metrics, sums } from './exposition.ts';

/** Data that metrics are computed from. */
export interface MetricsSource {
  readonly info: Info;
  readonly totals: Totals;
  readonly entries: readonly ServiceEntry[];
  /** Names of addresses, for labels; absent for metrics without names. */
  readonly names?: Names | undefined;
}

interface ServiceSource extends ServiceEntry {
  readonly name: string;
}

interface ServerSource {
  readonly service: Service;
  readonly server: Destination;
  readonly name: string;
}

/**
 * Yields the metrics of a table in the Prometheus text format, version 0.0.4, in pieces. Metrics that begin with `node_ipvs_`
 * have the names, labels and meaning of node_exporter's collector `ipvs`; all others are this program's own. A server's
 * thresholds, persistence templates and forwarding method are omitted if they have the default, which thousands of servers
 * would repeat.
 */
export function* formatMetrics(source: MetricsSource, scope: MetricsScope = 'servers'): Generator<string> {
  const nameOf = (address: Address) => source.names?.host(address) ?? '';
  const services = source.entries.map(
    (entry): ServiceSource => ({
      ...entry,
      name: entry.service.id.kind === 'address' ? nameOf(entry.service.id.address) : '',
    }),
  );
  const servers = services.flatMap(({ service, destinations }) =>
    destinations.map((server): ServerSource => ({ service, server, name: nameOf(server.id.address) })),
  );
  yield* metrics(directorMetrics, [source], () => ({}));
  if (scope === 'summary') return;
  if (scope === 'servers') yield* sums(nodeServerMetrics, servers, nodeServerLabels);
  yield* metrics(serviceMetrics, services, ({ service }) => serviceLabels(service.id));
  if (scope === 'services') return;
  yield* metrics(serverMetrics, servers, (one) => ({
    ...nodeServerLabels(one),
    family: serviceLabels(one.service.id).family,
  }));
}

/** Counters that the kernel keeps for the whole director, for each service and for each server. */
const traffic: readonly { readonly name: string; readonly help: string; readonly of: keyof Totals }[] = [
  { name: 'connections_total', help: 'The total number of connections made', of: 'connections' },
  { name: 'incoming_packets_total', help: 'The total number of incoming packets', of: 'inPackets' },
  { name: 'outgoing_packets_total', help: 'The total number of outgoing packets', of: 'outPackets' },
  { name: 'incoming_bytes_total', help: 'The total amount of incoming data', of: 'inBytes' },
  { name: 'outgoing_bytes_total', help: 'The total amount of outgoing data', of: 'outBytes' },
];

function trafficMetrics<Source>(
  prefix: string,
  whose: string,
  counters: (source: Source) => Pick<Stats, keyof Totals>,
): Metric<Source>[] {
  return traffic.map(({ name, help, of }) => ({
    name: `${prefix}${name}`,
    type: 'counter',
    help: `${help}${whose}.`,
    value: (source) => counters(source)[of],
  }));
}

const directorMetrics: readonly Metric<MetricsSource>[] = [
  ...trafficMetrics<MetricsSource>('node_ipvs_', '', ({ totals }) => totals),
  {
    name: 'ipvs_info',
    type: 'gauge',
    help: 'The version of IPVS in the kernel.',
    value: () => 1,
    labels: ({ info }) => ({ version: versionText(info) }),
  },
  {
    name: 'ipvs_connection_table_size',
    type: 'gauge',
    help: 'Number of buckets in the connection table.',
    value: ({ info }) => info.connectionTableSize,
  },
  {
    name: 'ipvs_services',
    type: 'gauge',
    help: 'Number of virtual services.',
    value: ({ entries }) => entries.length,
  },
];

const nodeServerMetrics: readonly Metric<ServerSource>[] = [
  {
    name: 'node_ipvs_backend_connections_active',
    type: 'gauge',
    help: 'The current active connections by local and remote address.',
    value: ({ server }) => server.activeConnections,
  },
  {
    name: 'node_ipvs_backend_connections_inactive',
    type: 'gauge',
    help: 'The current inactive connections by local and remote address.',
    value: ({ server }) => server.inactiveConnections,
  },
  {
    name: 'node_ipvs_backend_weight',
    type: 'gauge',
    help: 'The current backend weight by local and remote address.',
    value: ({ server }) => server.weight,
  },
];

const serviceMetrics: readonly Metric<ServiceSource>[] = [
  ...trafficMetrics<ServiceSource>('ipvs_service_', ' for a virtual service', ({ service }) => service.stats),
  {
    name: 'ipvs_service_info',
    type: 'gauge',
    help: 'Settings of a virtual service.',
    value: () => 1,
    labels: ({ service: { scheduler, flags, persistenceEngine }, name }) => ({
      local_name: name,
      scheduler,
      scheduler_flags: schedulerFlagNames(scheduler, flags).join(','),
      persistence_engine: persistenceEngine ?? '',
      one_packet: String((flags & ServiceFlag.onePacket) !== 0),
    }),
  },
  {
    name: 'ipvs_service_persistence_timeout_seconds',
    type: 'gauge',
    help: 'Persistence timeout of a virtual service; absent if it is not persistent.',
    value: ({ service }) => (service.flags & ServiceFlag.persistent ? service.timeout : undefined),
  },
  {
    name: 'ipvs_service_backends',
    type: 'gauge',
    help: 'Number of real servers of a virtual service.',
    value: ({ destinations }) => destinations.length,
  },
  {
    name: 'ipvs_service_backends_usable',
    type: 'gauge',
    help: 'Number of real servers of a virtual service that get new connections: weight above 0, upper threshold not reached.',
    value: ({ destinations }) => destinations.filter(isUsable).length,
  },
];

const serverMetrics: readonly Metric<ServerSource>[] = [
  ...trafficMetrics<ServerSource>('ipvs_backend_', ' for a real server', ({ server }) => server.stats),
  {
    name: 'ipvs_backend_connections_persistent',
    type: 'gauge',
    help: 'Number of persistence templates of a real server; absent if 0.',
    value: ({ server }) => server.persistentConnections || undefined,
  },
  {
    name: 'ipvs_backend_upper_threshold',
    type: 'gauge',
    help: 'Number of connections at which a real server gets no new ones; absent if there is no limit.',
    value: ({ server }) => server.upperThreshold || undefined,
  },
  {
    name: 'ipvs_backend_lower_threshold',
    type: 'gauge',
    help: 'Number of connections below which a real server gets new ones again; absent if it is three quarters of the upper threshold.',
    value: ({ server }) => server.lowerThreshold || undefined,
  },
  {
    name: 'ipvs_backend_info',
    type: 'gauge',
    help: 'Forwarding method and name of a real server; absent for direct routing without a name.',
    value: ({ server, name }) => (server.forwarding === 'route' && name === '' ? undefined : 1),
    labels: ({ server: { forwarding, tunnel }, name }) => ({
      remote_name: name,
      forwarding,
      tunnel: forwarding === 'tunnel' ? tunnel.type : '',
    }),
  },
];

/** Returns node_exporter's labels for a service. A firewall mark is in hexadecimal, as in `/proc/net/ip_vs`. */
function nodeServiceLabels(id: ServiceId) {
  return id.kind === 'fwmark'
    ? {
        local_address: '',
        local_mark: id.fwmark.toString(16).toUpperCase().padStart(8, '0'),
        local_port: '0',
        proto: 'FWM',
      }
    : {
        local_address: id.address.text,
        local_mark: '',
        local_port: String(id.port),
        proto: id.protocol.toUpperCase(),
      };
}

/** Returns a service's labels for other metrics: with the family, as an IPv4 and an IPv6 service can have the same mark. */
function serviceLabels(id: ServiceId) {
  return { ...nodeServiceLabels(id), family: familyOf(id) === 'inet' ? 'ipv4' : 'ipv6' };
}

function nodeServerLabels({ service, server: { id } }: ServerSource) {
  return {
    ...nodeServiceLabels(service.id),
    remote_address: id.address.text,
    remote_port: String(id.port),
  };
}
