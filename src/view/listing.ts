import type { Family } from '../ipvs/address.ts';
import {
  type DestinationState,
  type Forwarding,
  type Info,
  type Protocol,
  ServiceFlag,
  type ServiceId,
  type ServiceState,
  type Stats,
  type Tunnel,
  TunnelFlag,
} from '../ipvs/model.ts';
import type { DestinationLine } from '../ipvs/proc-table.ts';
import type { Listed, ServiceEntry } from '../ipvs/table.ts';
import { defaultNetmask } from '../rules/defaults.ts';
import { type EndpointFormatter, formatNetmask } from '../rules/format.ts';
import { schedulerFlagMask, schedulerFlagNames } from '../rules/scheduler-flags.ts';
import { formatCounter, formatExactCounter } from './counter.ts';

/** The sets of columns in which the table can be listed, and what each needs to know of an entry. */
export interface Shown {
  readonly table: ServiceEntry<DestinationLine, ServiceState>;
  readonly 'tun-info': ServiceEntry<DestinationLine, ServiceState>;
  readonly thresholds: ServiceEntry<DestinationState, ServiceState>;
  readonly 'persistent-conn': ServiceEntry<DestinationState, ServiceState>;
  readonly stats: ServiceEntry;
  readonly rate: ServiceEntry;
}

/** A set of columns. */
export type Columns = keyof Shown;

/** How the table is listed. */
export interface ListingOptions<C extends Columns = Columns> {
  readonly columns: C;
  /** Counters with all their digits. */
  readonly exact: boolean;
  readonly endpoint: EndpointFormatter;
}

/** A set of columns: the headings, and what stands behind the name of a service and of a server. */
interface Layout<Entry extends ServiceEntry<Listed, ServiceState>> {
  readonly heading: string;
  readonly service: (service: Entry['service'], exact: boolean) => string;
  readonly server: (server: Entry['destinations'][number], exact: boolean) => string;
}

const layouts: { readonly [C in Columns]: Layout<Shown[C]> } = {
  table: {
    heading: `\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`,
    service: settings,
    server: asListed,
  },
  'tun-info': {
    heading: `\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
`,
    service: settings,
    server: asListed,
  },
  thresholds: {
    heading: `\
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn 
  -> RemoteAddress:Port
`,
    service: settings,
    server: (server) =>
      `${cell(server.upperThreshold, 10)}${cell(server.lowerThreshold, 10)}${connections(server)}`,
  },
  'persistent-conn': {
    heading: `\
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn 
  -> RemoteAddress:Port
`,
    service: settings,
    server: (server) =>
      `${cell(server.weight, 9)}${cell(server.persistentConnections, 11)}${connections(server)}`,
  },
  stats: {
    heading: `\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
`,
    service: ({ stats }, exact) => counters(totals(stats), exact),
    server: ({ stats }, exact) => counters(serverTotals(stats), exact),
  },
  rate: {
    heading: `\
Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
`,
    service: ({ stats }, exact) => counters(rates(stats), exact),
    server: ({ stats }, exact) => counters(rates(stats).map(low), exact),
  },
};

/** The heading lines. The kernel's version stands only above a whole table, so `info` is absent for one service. */
export function listingHeading(info: Info | undefined, columns: Columns): string {
  if (!info) return layouts[columns].heading;
  const { major, minor, patch } = info.version;
  const size = info.connectionTableSize;
  return `IP Virtual Server version ${major}.${minor}.${patch} (size=${size})\n${layouts[columns].heading}`;
}

/** The lines of one service and its servers. */
export function listingEntry<C extends Columns>(
  { service, destinations }: Shown[C],
  { columns, exact, endpoint }: ListingOptions<C>,
): string {
  const layout = layouts[columns];
  const protocol = service.id.kind === 'address' ? service.id.protocol : undefined;
  const name = serviceName(service.id, endpoint);
  let text = `${protocolNames[protocol ?? 'fwmark']}${hasCounters(columns) ? name.padEnd(nameWidth) : name}`;
  text += `${layout.service(service, exact)}\n`;
  for (const server of destinations) {
    const { address, port } = server.id;
    const name = clip(endpoint(address, port, protocol), address.family).padEnd(nameWidth);
    text += `  -> ${name}${layout.server(server, exact)}\n`;
  }
  return text;
}

const protocolNames: Record<Protocol | 'fwmark', string> = {
  tcp: 'TCP  ',
  udp: 'UDP  ',
  sctp: 'SCTP ',
  fwmark: 'FWM  ',
};

/** What the forwarding methods are called. */
export const forwardingNames: Record<Forwarding, string> = {
  masquerade: 'Masq',
  local: 'Local',
  tunnel: 'Tunnel',
  route: 'Route',
  bypass: 'Bypass',
};

/** Columns for a name. A longer one is cut when it is an IPv4 host's, else it pushes the rest to the right. */
export const nameWidth = 28;

function clip(name: string, family: Family): string {
  return family === 'inet' ? name.slice(0, nameWidth) : name;
}

function serviceName(id: ServiceId, endpoint: EndpointFormatter): string {
  // The reference prints marks above 2147483647 as negative numbers.
  if (id.kind === 'fwmark') return `${id.fwmark | 0}${id.family === 'inet6' ? ' IPv6' : ''}`;
  return clip(endpoint(id.address, id.port, id.protocol), id.address.family);
}

/** The line that the kernel's file would have of a server. */
export function destinationLine(server: DestinationState): DestinationLine {
  const method = forwardingNames[server.forwarding].padEnd(methodWidth);
  return { id: server.id, columns: `${method}${cell(server.weight, 6)}${connections(server)}` };
}

/** The line with a column for the tunnel, behind the forwarding method. */
export function withTunnel(line: DestinationLine, tunnel?: Tunnel): DestinationLine {
  const { id, columns } = line;
  const info = tunnel && isTunnel(line) ? cell(tunnelInfo(tunnel), tunnelWidth) : noTunnel;
  return { id, columns: `${columns.slice(0, methodWidth)}${info}${columns.slice(methodWidth)}` };
}

/** Whether a server is reached through a tunnel. */
export function isTunnel({ columns }: DestinationLine): boolean {
  return columns.startsWith(forwardingNames.tunnel);
}

/** Columns for a forwarding method. */
export const methodWidth = 7;
const tunnelWidth = 13;
/** What stands behind the forwarding method of a server that is not reached through a tunnel. */
export const noTunnel = cell('n/a', tunnelWidth);

function asListed({ columns }: DestinationLine): string {
  return ` ${columns}`;
}

/** Whether counters are what the columns show. */
export function hasCounters(columns: Columns): columns is 'stats' | 'rate' {
  return columns === 'stats' || columns === 'rate';
}

/** A left-justified column, after a blank. */
function cell(value: string | number, width: number): string {
  return ` ${String(value).padEnd(width)}`;
}

function connections(server: DestinationState): string {
  return cell(server.activeConnections, 10) + cell(server.inactiveConnections, 10);
}

/** Scheduler and flags of a service. */
function settings({ id, scheduler, flags, timeout, netmask, persistenceEngine }: ServiceState): string {
  const family = id.kind === 'fwmark' ? id.family : id.address.family;
  let text = ` ${scheduler}`;
  if (flags & schedulerFlagMask) text += ` (${listedFlagNames(scheduler, flags).join(',')})`;
  if (flags & ServiceFlag.persistent) {
    text += ` persistent ${timeout}`;
    if (netmask !== defaultNetmask(family)) text += ` mask ${formatNetmask(netmask, family)}`;
    if (persistenceEngine) text += ` pe ${persistenceEngine}`;
  }
  if (flags & ServiceFlag.onePacket) text += ' ops';
  return text;
}

/** The reference shows no third flag beside a scheduler that names the first two. */
function listedFlagNames(scheduler: string, flags: number): string[] {
  const hasOwnNames = scheduler === 'sh' || scheduler === 'mh';
  return schedulerFlagNames(scheduler, hasOwnNames ? flags & ~ServiceFlag.scheduler3 : flags);
}

/** Kind of tunnel, port of GUE, and whether there is a checksum: without (-c), with (+c), remote (r+c). */
export function tunnelInfo({ type, port, flags }: Tunnel): string {
  if (type === 'ipip') return type;
  const checksum = flags & TunnelFlag.remoteChecksum ? 'r+c' : flags & TunnelFlag.checksum ? '+c' : '-c';
  return type === 'gue' ? `gue:${port}:${checksum}` : `gre:${checksum}`;
}

function totals(stats: Stats): bigint[] {
  return [stats.connections, stats.inPackets, stats.outPackets, stats.inBytes, stats.outBytes];
}

function rates(stats: Stats): bigint[] {
  return [stats.connectionRate, stats.inPacketRate, stats.outPacketRate, stats.inByteRate, stats.outByteRate];
}

/** Of a server's counters the reference reads all but the totals of bytes with 32 bits, so they start over at 2³². */
function serverTotals({ connections, inPackets, outPackets, inBytes, outBytes }: Stats): bigint[] {
  return [low(connections), low(inPackets), low(outPackets), inBytes, outBytes];
}

function low(counter: bigint): bigint {
  return BigInt.asUintN(32, counter);
}

function counters(values: readonly bigint[], exact: boolean): string {
  let text = '';
  for (const value of values) text += exact ? formatExactCounter(value) : formatCounter(value);
  return text;
}
