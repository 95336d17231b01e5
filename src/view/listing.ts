import type { Family } from '../ipvs/address.ts';
import {
  type Destination,
  type DestinationId,
  type Forwarding,
  familyOf,
  type Info,
  type Service,
  ServiceFlag,
  type ServiceId,
  type Tunnel,
  TunnelFlag,
} from '../ipvs/model.ts';
import { isTransportProtocol, type TransportProtocol } from '../ipvs/protocol.ts';
import type { EntryLines, Line } from '../ipvs/table.ts';
import { defaultNetmask } from '../rules/defaults.ts';
import { type EndpointFormatter, formatNetmask } from '../rules/format.ts';
import { schedulerFlagMask, schedulerFlagNames } from '../rules/scheduler-flags.ts';
import { formatCounter, formatExactCounter, writeCounter } from './counter.ts';
import type { LineWriter } from './line-writer.ts';
import type { ServerText } from './server-rows.ts';

/** A set of columns in which the table can be listed. */
export type Columns = 'table' | 'tun-info' | 'thresholds' | 'persistent-conn' | 'stats' | 'rate';

/** The headings, and what stands behind the name of a service and of a server. */
interface Layout {
  readonly heading: string;
  readonly service: (service: Service, exact: boolean) => string;
  readonly server: (server: Destination, writer: LineWriter, exact: boolean) => void;
}

const layouts: Readonly<Record<Columns, Layout>> = {
  table: {
    heading: `\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`,
    service: settings,
    server: (server, writer) => {
      writer.textCell(forwardingNames[server.forwarding], methodWidth);
      writer.cell(server.weight, 6);
      writeConnections(server, writer);
    },
  },
  'tun-info': {
    heading: `\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
`,
    service: settings,
    server: (server, writer) => {
      writer.textCell(forwardingNames[server.forwarding], methodWidth);
      if (server.forwarding === 'tunnel') writer.textCell(tunnelInfo(server.tunnel), tunnelWidth);
      else writer.text(noTunnel);
      writer.cell(server.weight, 6);
      writeConnections(server, writer);
    },
  },
  thresholds: {
    heading: `\
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn 
  -> RemoteAddress:Port
`,
    service: settings,
    server: (server, writer) => {
      writer.cell(server.upperThreshold, 10);
      writer.cell(server.lowerThreshold, 10);
      writeConnections(server, writer);
    },
  },
  'persistent-conn': {
    heading: `\
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn 
  -> RemoteAddress:Port
`,
    service: settings,
    server: (server, writer) => {
      writer.cell(server.weight, 9);
      writer.cell(server.persistentConnections, 11);
      writeConnections(server, writer);
    },
  },
  stats: {
    heading: `\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
`,
    service: ({ stats }, exact) => {
      const write = exact ? formatExactCounter : formatCounter;
      const { connections, inPackets, outPackets, inBytes, outBytes } = stats;
      return write(connections) + write(inPackets) + write(outPackets) + write(inBytes) + write(outBytes);
    },
    server: ({ stats }, writer, exact) => {
      writeCounter(writer, low(stats.connections), exact);
      writeCounter(writer, low(stats.inPackets), exact);
      writeCounter(writer, low(stats.outPackets), exact);
      writeCounter(writer, stats.inBytes, exact);
      writeCounter(writer, stats.outBytes, exact);
    },
  },
  rate: {
    heading: `\
Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
`,
    service: ({ stats }, exact) => {
      const write = exact ? formatExactCounter : formatCounter;
      const { connectionRate, inPacketRate, outPacketRate, inByteRate, outByteRate } = stats;
      const ofPackets = write(inPacketRate) + write(outPacketRate);
      return write(connectionRate) + ofPackets + write(inByteRate) + write(outByteRate);
    },
    server: ({ stats }, writer, exact) => {
      writeCounter(writer, low(stats.connectionRate), exact);
      writeCounter(writer, low(stats.inPacketRate), exact);
      writeCounter(writer, low(stats.outPacketRate), exact);
      writeCounter(writer, low(stats.inByteRate), exact);
      writeCounter(writer, low(stats.outByteRate), exact);
    },
  },
};

/** The heading lines. The kernel's version stands only above a whole table, so `info` is absent for one service. */
export function listingHeading(info: Info | undefined, columns: Columns): string {
  if (!info) return layouts[columns].heading;
  const { major, minor, patch } = info.version;
  const size = info.connectionTableSize;
  return `IP Virtual Server version ${major}.${minor}.${patch} (size=${size})\n${layouts[columns].heading}`;
}

/** What is listed of a service in those columns; counters with all their digits where `exact`. */
export function listedService(service: Service, columns: Columns, exact: boolean): Line<ServiceId> {
  return { id: service.id, text: layouts[columns].service(service, exact) };
}

/** What writes that of a server. */
export function listedServer(columns: Columns, exact: boolean): ServerText {
  const { server } = layouts[columns];
  return (destination, writer) => server(destination, writer, exact);
}

/** The lines of one service and its servers, listed in those columns. */
export function listingEntry(
  { service, destinations }: EntryLines,
  columns: Columns,
  endpoint: EndpointFormatter,
): string {
  const protocol = service.id.kind === 'address' ? service.id.protocol : undefined;
  const name = serviceName(service.id, endpoint);
  const isAligned = columns === 'stats' || columns === 'rate';
  const kind = !protocol ? 'fwmark' : isTransportProtocol(protocol) ? protocol : 'other';
  let text = `${protocolNames[kind]}${isAligned ? name.padEnd(nameWidth) : name}${service.text}\n`;
  for (const { id, text: columns } of destinations) {
    const name = clip(endpoint(id.address, id.port, protocol), id.address.family);
    text += `  -> ${name.padEnd(nameWidth)}${columns}\n`;
  }
  return text;
}

const protocolNames: Record<TransportProtocol | 'fwmark' | 'other', string> = {
  tcp: 'TCP  ',
  udp: 'UDP  ',
  sctp: 'SCTP ',
  fwmark: 'FWM  ',
  other: '?    ',
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

/** What is listed of a server that the kernel's file has a line of, in the columns `table` or `tun-info`. */
export function listedLine({ id, text }: Line<DestinationId>, withTunnels: boolean): Line<DestinationId> {
  if (!withTunnels) return { id, text: ` ${text}` };
  return { id, text: ` ${text.slice(0, methodWidth)}${noTunnel}${text.slice(methodWidth)}` };
}

/** Whether the kernel's file tells of a server that it is reached through a tunnel. */
export function isTunnelLine({ text }: Line<DestinationId>): boolean {
  return text.startsWith(forwardingNames.tunnel);
}

/** Columns for a forwarding method. */
export const methodWidth = 7;
const tunnelWidth = 13;
/** What stands behind the forwarding method of a server that is not reached through a tunnel. */
export const noTunnel = cell('n/a', tunnelWidth);

/** A left-justified column, after a blank. */
function cell(value: string | number, width: number): string {
  return ` ${String(value).padEnd(width)}`;
}

function writeConnections(server: Destination, writer: LineWriter): void {
  writer.cell(server.activeConnections, 10);
  writer.cell(server.inactiveConnections, 10);
}

/** Scheduler and flags of a service. */
function settings({ id, scheduler, flags, timeout, netmask, persistenceEngine }: Service): string {
  const family = familyOf(id);
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

/** Of a server's counters the reference reads all but the totals of bytes with 32 bits, so they start over at 2³². */
function low(counter: bigint): bigint {
  return counter < 2n ** 32n ? counter : BigInt.asUintN(32, counter);
}
