import type { LentDestination } from '../ipvs/codec/destination-rows.ts';
import type { LentService } from '../ipvs/codec/service-rows.ts';
import {
  type Destination,
  type DestinationId,
  type Forwarding,
  familyOf,
  type Info,
  type Protocol,
  type Service,
  ServiceFlag,
  type Tunnel,
  TunnelFlag,
} from '../ipvs/model.ts';
import { isTransportProtocol, type TransportProtocol } from '../ipvs/protocol.ts';
import type { Line } from '../ipvs/table.ts';
import { defaultNetmask } from '../rules/defaults.ts';
import { formatNetmask } from '../rules/netmask.ts';
import { schedulerFlagMask, schedulerFlagNames } from '../rules/scheduler-flags.ts';
import { writeCounter } from './counter.ts';
import { blank, type LineWriter } from './line-writer.ts';
import type { TableForm } from './table-form.ts';

/** A set of columns in which the table can be listed. */
export type Columns = 'table' | 'tun-info' | 'thresholds' | 'persistent-conn' | 'stats' | 'rate';

/** The headings, and what stands behind the name of a service and of a server. */
interface Layout {
  readonly heading: string;
  readonly service: (service: LentService, writer: LineWriter, exact: boolean) => void;
  readonly server: (server: LentDestination, writer: LineWriter, exact: boolean) => void;
}

const totals = ['connections', 'inPackets', 'outPackets', 'inBytes', 'outBytes'] as const;
const rates = ['connectionRate', 'inPacketRate', 'outPacketRate', 'inByteRate', 'outByteRate'] as const;

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
    service: ({ stats }, writer, exact) => {
      for (const name of totals) writeCounter(writer, stats.counter(name), exact);
    },
    server: ({ stats }, writer, exact) => {
      // Of a server's counters the reference reads all but the totals of bytes with 32 bits, so they start over at 2³².
      for (const name of totals) {
        const isLong = name === 'inBytes' || name === 'outBytes';
        writeCounter(writer, isLong ? stats.counter(name) : stats.low(name), exact);
      }
    },
  },
  rate: {
    heading: `\
Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
`,
    service: ({ stats }, writer, exact) => {
      for (const name of rates) writeCounter(writer, stats.counter(name), exact);
    },
    server: ({ stats }, writer, exact) => {
      for (const name of rates) writeCounter(writer, stats.low(name), exact);
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

/** The table as it is listed in those columns; counters with all their digits where `exact`. */
export function listingForm(columns: Columns, exact: boolean): TableForm {
  const { service, server } = layouts[columns];
  return {
    serviceStart: (protocol) => protocolNames[kindOf(protocol)],
    // The reference prints marks above 2147483647 as negative numbers.
    mark: ({ fwmark, family }) => `${fwmark | 0}${family === 'inet6' ? ' IPv6' : ''}`,
    serviceWidth: columns === 'stats' || columns === 'rate' ? nameWidth : 0,
    serviceText: (entry, writer) => service(entry, writer, exact),
    serverStart: () => '  -> ',
    serverWidth: nameWidth,
    serverText: (entry, writer) => server(entry, writer, exact),
    longestName: nameWidth,
  };
}

function kindOf(protocol: Protocol | undefined): keyof typeof protocolNames {
  if (protocol === undefined) return 'fwmark';
  return isTransportProtocol(protocol) ? protocol : 'other';
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
function settings(service: LentService, writer: LineWriter): void {
  const { scheduler, flags } = service;
  writer.byte(blank);
  writer.text(scheduler);
  if (flags & schedulerFlagMask) writer.text(` (${listedFlagNames(scheduler, flags).join(',')})`);
  if (flags & ServiceFlag.persistent) writer.text(persistence(service));
  if (flags & ServiceFlag.onePacket) writer.text(' ops');
}

function persistence({ id, timeout, netmask, persistenceEngine }: Service): string {
  const family = familyOf(id);
  const mask = netmask === defaultNetmask(family) ? '' : ` mask ${formatNetmask(netmask, family)}`;
  return ` persistent ${timeout}${mask}${persistenceEngine ? ` pe ${persistenceEngine}` : ''}`;
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
