import type { DestinationSettings, Stats } from '../../ipvs/model.ts';
import { forwardingNames, tunnelInfo } from './server-texts.ts';

/** A set of columns in which the table can be listed. */
export type ColumnSet = 'table' | 'tun-info' | 'thresholds' | 'persistent-conn' | 'stats' | 'rate';

/** Source of the cells of a column. */
export type ColumnSource =
  /** The settings of a server. */
  | { readonly kind: 'setting'; readonly text: (settings: DestinationSettings) => string }
  | { readonly kind: 'count'; readonly field: ConnectionCount }
  /** Counters; where `serverBits` is 32, a server's line shows the lower half. */
  | { readonly kind: 'counter'; readonly name: keyof Stats; readonly serverBits: 32 | 64 };

/** The counts of a server's connections. */
export type ConnectionCount = 'activeConnections' | 'inactiveConnections' | 'persistentConnections';

/** A column behind the names: a blank, then a cell that is `width` wide, or wider where its content is. */
export interface Column {
  readonly heading: string;
  readonly width: number;
  /** Side of the cell at which content stands. */
  readonly align: 'left' | 'right';
  readonly source: ColumnSource;
}

/** The columns of a listing, and what is in the lines of services. */
export interface Layout {
  readonly columns: readonly Column[];
  /** The line of headings that names the columns: the first, above services, or the second, above servers. */
  readonly headings: 'above services' | 'above servers';
  /** A service shows its scheduler and flags behind its name, or has the columns too. */
  readonly services: 'settings' | 'columns';
}

/** The width of the column of names. A longer name is cut when it is an IPv4 host's, else it pushes the rest to the right. */
export const nameWidth = 28;

/** A left-justified setting. */
function setting(
  heading: string,
  width: number,
  value: (settings: DestinationSettings) => string | number,
): Column {
  const text = (settings: DestinationSettings) => String(value(settings));
  return { heading, width, align: 'left', source: { kind: 'setting', text } };
}

/** A left-justified number of connections. */
function count(heading: string, width: number, field: ConnectionCount): Column {
  return { heading, width, align: 'left', source: { kind: 'count', field } };
}

/** A right-justified counter. */
function counter(heading: string, name: keyof Stats, serverBits: 32 | 64): Column {
  return { heading, width: 8, align: 'right', source: { kind: 'counter', name, serverBits } };
}

const method = setting('Forward', 7, ({ forwarding }) => forwardingNames[forwarding]);
const weight = setting('Weight', 6, ({ weight }) => weight);
const connections = [
  count('ActiveConn', 10, 'activeConnections'),
  count('InActConn', 10, 'inactiveConnections'),
];

/** The columns of each set: every writer of a listing takes them from here. */
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
  // Of a server's counters ipvsadm 1.31 reads all but the totals of bytes with 32 bits, so they start over at 2³².
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

/** Returns whether a listing shows counters, which the kernel's answers mostly consist of. */
export function hasCounters(columns: ColumnSet): boolean {
  return layouts[columns].columns.some(({ source }) => source.kind === 'counter');
}
