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
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Totals } from '../ipvs/totals.ts';
import { schedulerFlagNames } from '../rules/scheduler-flags.ts';
import { type Metric, metrics, sums } from './exposition.ts';

/** What metrics are made of. */
export interface MetricsSource {
  readonly info: Info;
  readonly totals: Totals;
  readonly entries: readonly ServiceEntry[];
}

interface ServerSource {
  readonly service: Service;
  readonly server: Destination;
}

/**
 * The metrics of a table in Prometheus' text format, version 0.0.4, in pieces. The names that begin with `node_ipvs_`
 * have names, labels and meaning as node_exporter's collector `ipvs` gives them; the others are ours.
 */
export function* formatMetrics(source: MetricsSource): Generator<string> {
  const { entries } = source;
  const servers = entries.flatMap(({ service, destinations }) =>
    destinations.map((server): ServerSource => ({ service, server })),
  );
  yield* metrics(directorMetrics, [source], () => ({}));
  yield* sums(nodeServerMetrics, servers, nodeServerLabels);
  yield* metrics(serviceMetrics, entries, ({ service }) => serviceLabels(service.id));
  yield* metrics(serverMetrics, servers, (one) => ({
    ...nodeServerLabels(one),
    family: serviceLabels(one.service.id).family,
  }));
}

/** Where the kernel has such a counter for a whole, a service and a server. */
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
    help: 'Buckets of the connection table.',
    value: ({ info }) => info.connectionTableSize,
  },
  { name: 'ipvs_services', type: 'gauge', help: 'Virtual services.', value: ({ entries }) => entries.length },
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

const serviceMetrics: readonly Metric<ServiceEntry>[] = [
  ...trafficMetrics<ServiceEntry>('ipvs_service_', ' of a virtual service', ({ service }) => service.stats),
  {
    name: 'ipvs_service_info',
    type: 'gauge',
    help: 'How a virtual service is set up.',
    value: () => 1,
    labels: ({ service: { scheduler, flags, persistenceEngine } }) => ({
      scheduler,
      scheduler_flags: schedulerFlagNames(scheduler, flags).join(','),
      persistence_engine: persistenceEngine ?? '',
      one_packet: String((flags & ServiceFlag.onePacket) !== 0),
    }),
  },
  {
    name: 'ipvs_service_persistence_timeout_seconds',
    type: 'gauge',
    help: 'How long a client stays on its server; persistent services only.',
    value: ({ service }) => (service.flags & ServiceFlag.persistent ? service.timeout : undefined),
  },
  {
    name: 'ipvs_service_backends',
    type: 'gauge',
    help: 'Real servers of a virtual service.',
    value: ({ destinations }) => destinations.length,
  },
  {
    name: 'ipvs_service_backends_usable',
    type: 'gauge',
    help: 'Real servers of a virtual service that get new connections: of weight above 0, below their upper threshold.',
    value: ({ destinations }) => destinations.filter(isUsable).length,
  },
];

const serverMetrics: readonly Metric<ServerSource>[] = [
  ...trafficMetrics<ServerSource>('ipvs_backend_', ' of a real server', ({ server }) => server.stats),
  {
    name: 'ipvs_backend_connections_persistent',
    type: 'gauge',
    help: 'Persistence templates of a real server.',
    value: ({ server }) => server.persistentConnections,
  },
  {
    name: 'ipvs_backend_upper_threshold',
    type: 'gauge',
    help: 'A real server with that many connections gets no new ones; 0 is no limit.',
    value: ({ server }) => server.upperThreshold,
  },
  {
    name: 'ipvs_backend_lower_threshold',
    type: 'gauge',
    help: 'Below that many connections it gets new ones again; 0 is three quarters of the upper threshold.',
    value: ({ server }) => server.lowerThreshold,
  },
  {
    name: 'ipvs_backend_info',
    type: 'gauge',
    help: 'How packets get to a real server.',
    value: () => 1,
    labels: ({ server: { forwarding, tunnel } }) => ({
      forwarding,
      tunnel: forwarding === 'tunnel' ? tunnel.type : '',
    }),
  },
];

/** A firewall mark is written in hexadecimal, as `/proc/net/ip_vs` and so node_exporter have it. */
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

/** Ours say the family too: marks of IPv4 and IPv6 are services apart, even if they are equal. */
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
