import type { DestinationSettings, Stats } from '../../ipvs/model.ts';
import { forwardingNames, tunnelInfo } from './server-texts.ts';

/** A set of columns in which the table can be listed. */
export type ColumnSet = 'table' | 'tun-info' | 'thresholds' | 'persistent-conn' | 'stats' | 'rate';

/** Source of a column's cells. */
export type ColumnSource =
  /** The settings of a server. */
  | { readonly kind: 'setting'; readonly text: (settings: DestinationSettings) => string }
  | { readonly kind: 'count'; readonly field: ConnectionCount }
  /** Counters; if `serverBits` is 32, the lines of servers show only the lower half. */
  | { readonly kind: 'counter'; readonly name: keyof Stats; readonly serverBits: 32 | 64 };

/** The counts of a server's connections. */
export type ConnectionCount = 'activeConnections' | 'inactiveConnections' | 'persistentConnections';

/** A column to the right of the names: a blank, then a cell of `width` columns, or more if its content is longer. */
export interface Column {
  readonly heading: string;
  readonly width: number;
  /** Alignment of the content in the cell. */
  readonly align: 'left' | 'right';
  readonly source: ColumnSource;
}

/** The columns of a listing, and the content of service lines. */
export interface Layout {
  readonly columns: readonly Column[];
  /** Heading line that has the titles of the columns: the first (above services) or the second (above servers). */
  readonly headings: 'above services' | 'above servers';
  /** Content of service lines after the name: scheduler and flags, or the same columns as servers. */
  readonly services: 'settings' | 'columns';
}

/** Width of the column of names. A longer name is cut if it is an IPv4 endpoint; otherwise it pushes the rest to the right. */
export const nameWidth = 28;

/** Returns a left-aligned column for a setting. */
function setting(
  heading: string,
  width: number,
  value: (settings: DestinationSettings) => string | number,
): Column {
  const text = (settings: DestinationSettings) => String(value(settings));
  return { heading, width, align: 'left', source: { kind: 'setting', text } };
}

/** Returns a left-aligned column for a number of connections. */
function count(heading: string, width: number, field: ConnectionCount): Column {
  return { heading, width, align: 'left', source: { kind: 'count', field } };
}

/** Returns a right-aligned column for a counter. */
function counter(heading: string, name: keyof Stats, serverBits: 32 | 64): Column {
  return { heading, width: 8, align: 'right', source: { kind: 'counter', name, serverBits } };
}

const method = setting('Forward', 7, ({ forwarding }) => forwardingNames[forwarding]);
const weight = setting('Weight', 6, ({ weight }) => weight);
const connections = [
  count('ActiveConn', 10, 'activeConnections'),
  count('InActConn', 10, 'inactiveConnections'),
];

/** The columns of each set, shared by all writers of listings. */
export const layouts: Readonly<Record<ColumnSet, Layout>> = {
  table: {
    headings: 'above servers',
    services: 'settings',
    columns: [method, weight, ...connections],
  },
  'tun-info': {
    headings: 'above servers',
    services: 'settings',
    columns: [
      method,
      setting('TunnelInfo', 13, ({ forwarding, tunnel }) =>
        forwarding === 'tunnel' ? tunnelInfo(tunnel) : 'n/a',
      ),
      weight,
      ...connections,
    ],
  },
  thresholds: {
    headings: 'above services',
    services: 'settings',
    columns: [
      setting('Uthreshold', 10, ({ upperThreshold }) => upperThreshold),
      setting('Lthreshold', 10, ({ lowerThreshold }) => lowerThreshold),
      ...connections,
    ],
  },
  'persistent-conn': {
    headings: 'above services',
    services: 'settings',
    columns: [
      setting('Weight', 9, ({ weight }) => weight),
      count('PersistConn', 11, 'persistentConnections'),
      ...connections,
    ],
  },
  // For servers, ipvsadm 1.31 reads all counters but the byte totals as 32-bit numbers, so they wrap at 2³².
  stats: {
    headings: 'above services',
    services: 'columns',
    columns: [
      counter('Conns', 'connections', 32),
      counter('InPkts', 'inPackets', 32),
      counter('OutPkts', 'outPackets', 32),
      counter('InBytes', 'inBytes', 64),
      counter('OutBytes', 'outBytes', 64),
    ],
  },
  rate: {
    headings: 'above services',
    services: 'columns',
    columns: [
      counter('CPS', 'connectionRate', 32),
      counter('InPPS', 'inPacketRate', 32),
      counter('OutPPS', 'outPacketRate', 32),
      counter('InBPS', 'inByteRate', 32),
      counter('OutBPS', 'outByteRate', 32),
    ],
  },
};

/** Returns whether a listing shows counters, which make up most of the kernel's answers. */
export function hasCounters(columns: ColumnSet): boolean {
  return layouts[columns].columns.some(({ source }) => source.kind === 'counter');
}
