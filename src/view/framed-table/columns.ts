import type { Destination, Stats } from '../../ipvs/model.ts';
import { formatCounter } from '../counter.ts';
import type { ColumnSet } from '../listing/columns.ts';
import { forwardingNames, tunnelInfo } from '../listing/server-texts.ts';
import { formatRate } from './rate-text.ts';
import { connectionsOf, type Rates, type RowTotals } from './row-totals.ts';
import type { Glyphs } from './theme.ts';

/** What a cell is made of. */
export interface CellContext {
  readonly server: Destination;
  readonly totals: RowTotals;
  readonly service: RowTotals;
}

/** The place a cell has. */
export interface CellSpace {
  readonly width: number;
  readonly glyphs: Glyphs;
}

/** A column behind the names of services and servers. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Where there is too little room, columns of the highest rank are left out first; one of rank 0 never is. */
  readonly rank: number;
  readonly server: (context: CellContext, room: CellSpace) => string;
  /** The cell of a service; the name of the service covers the columns before the first that has one. */
  readonly service?: (totals: RowTotals) => string;
  /** What services and servers can be sorted by. */
  readonly value?: (totals: RowTotals) => number | bigint;
  /** Says in numbers what a bar says. */
  readonly isPart?: true;
  /** For a bar: it takes the room that is left. */
  readonly elastic?: { readonly least: number; readonly most: number };
  /** Changes all the time, and is worth a look when it is not 0. */
  readonly live?: true;
  /** Changes when an administrator changes it. */
  readonly setting?: true;
}

/** Which columns there are. */
export interface ColumnOptions {
  readonly columns: ColumnSet;
  /** Counters and rates with all their digits. */
  readonly exact: boolean;
  /** Whether there are rates between two looks. */
  readonly live: boolean;
  /** Whether there are bars; without them, what they say is the first that is left out. */
  readonly bars: boolean;
}

/** The columns of a view, from left to right. */
export function columnsFor(options: ColumnOptions): readonly Column[] {
  const columns = allColumns(options);
  if (options.bars) return columns;
  return columns
    .filter(({ elastic }) => !elastic)
    .map((column) => (column.isPart ? { ...column, rank: leastImportant } : column));
}

const leastImportant = 11;

function allColumns({ columns, exact, live }: ColumnOptions): readonly Column[] {
  const rates = live ? liveColumns(exact) : undefined;
  switch (columns) {
    case 'table':
      return [
        forward,
        weight,
        active,
        inactive,
        ...(rates ? [rates.connections, ...rates.packets, ...rates.bytes] : []),
        ...share,
      ];
    case 'tun-info':
      return [
        forward,
        tunnel,
        weight,
        active,
        inactive,
        ...(rates ? [rates.connections, ...rates.bytes] : []),
        ...share,
      ];
    case 'thresholds':
      return [weight, upper, lower, active, inactive, ...(rates ? [rates.connections] : []), ...used];
    case 'persistent-conn':
      return [weight, persistent, active, inactive, ...(rates ? [rates.connections] : []), ...share];
    case 'stats':
      return [...totalColumns(exact), ...(rates ? [rates.connections, ...rates.bytes] : []), ...share];
    case 'rate':
      return [...estimateColumns(exact), ...share];
  }
}

const forward: Column = {
  title: 'Forward',
  align: 'left',
  rank: 9,
  server: ({ server }) => forwardingNames[server.forwarding],
};

const tunnel: Column = {
  title: 'Tunnel',
  align: 'left',
  rank: 2,
  server: ({ server }) => (server.forwarding === 'tunnel' ? tunnelInfo(server.tunnel) : '-'),
};

const weight = setting('Weight', 3, ({ weight }) => weight);
const upper = setting('Upper', 0, ({ upperThreshold }) => upperThreshold || '-');
const lower = setting('Lower', 2, ({ lowerThreshold }) => lowerThreshold || '-');
const active = count('Active', 0, ({ active }) => active, String);
const inactive = count('Inactive', 4, ({ inactive }) => inactive, String);
const persistent = count('Persist', 0, ({ persistent }) => persistent, String);

/** A server's part of its service's connections, in per cent and as a bar. */
const share = portion('Share', ({ totals, service }) => connectionsOf(totals) / connectionsOf(service));

/** The part of a server's upper threshold that is taken. */
const used = portion('Used', ({ totals, server }) =>
  server.upperThreshold > 0 ? connectionsOf(totals) / server.upperThreshold : Number.NaN,
);

function setting(title: string, rank: number, value: (server: Destination) => number | string): Column {
  return { title, align: 'right', rank, server: ({ server }) => String(value(server)), setting: true };
}

function count(
  title: string,
  rank: number,
  value: (totals: RowTotals) => number,
  format: (value: number) => string,
): Column {
  return {
    title,
    align: 'right',
    rank,
    server: ({ totals }) => format(value(totals)),
    service: (totals) => format(value(totals)),
    value,
  };
}

function portion(title: string, part: (context: CellContext) => number): readonly Column[] {
  const clipped = (context: CellContext) => Math.min(part(context), 1);
  return [
    {
      title,
      align: 'right',
      rank: 6,
      isPart: true,
      server: (context) => {
        const value = part(context);
        return Number.isNaN(value) ? '-' : `${Math.round(value * 100)}%`;
      },
    },
    {
      title: '',
      align: 'left',
      rank: 7,
      server: (context, { glyphs, width }) => glyphs.bar(clipped(context) || 0, width),
      elastic: { least: 4, most: 24 },
    },
  ];
}

function totalColumns(exact: boolean): readonly Column[] {
  const total = (title: string, rank: number, value: (stats: Stats) => bigint) =>
    counter(title, rank, value, (counted) => (exact ? String(counted) : formatCounter(counted).trim()));
  return [
    total('Conns', 0, ({ connections }) => connections),
    total('In pkts', 4, ({ inPackets }) => inPackets),
    total('Out pkts', 5, ({ outPackets }) => outPackets),
    total('In bytes', 2, ({ inBytes }) => inBytes),
    total('Out bytes', 3, ({ outBytes }) => outBytes),
  ];
}

/** The kernel's own, smoothed rates. */
function estimateColumns(exact: boolean): readonly Column[] {
  const estimate = (title: string, rank: number, value: (stats: Stats) => bigint): Column => ({
    ...counter(title, rank, value, (rate) => formatRate(Number(rate), exact || rate < 10n)),
    live: true,
  });
  return [
    estimate('Conn/s', 0, ({ connectionRate }) => connectionRate),
    estimate('In pkt/s', 4, ({ inPacketRate }) => inPacketRate),
    estimate('Out pkt/s', 5, ({ outPacketRate }) => outPacketRate),
    estimate('In B/s', 2, ({ inByteRate }) => inByteRate),
    estimate('Out B/s', 3, ({ outByteRate }) => outByteRate),
  ];
}

function counter(
  title: string,
  rank: number,
  value: (stats: Stats) => bigint,
  format: (value: bigint) => string,
): Column {
  return {
    title,
    align: 'right',
    rank,
    server: ({ totals }) => format(value(totals.stats)),
    service: ({ stats }) => format(value(stats)),
    value: ({ stats }) => value(stats),
  };
}

function liveColumns(exact: boolean) {
  const live = (title: string, rank: number, value: (rates: Rates) => number): Column => {
    const cell = ({ rates }: RowTotals) => (rates ? formatRate(value(rates), exact) : '');
    return {
      title,
      align: 'right',
      rank,
      server: ({ totals }) => cell(totals),
      service: cell,
      value: ({ rates }) => (rates ? value(rates) : 0),
      live: true,
    };
  };
  return {
    connections: live('Conn/s', 1, ({ connections }) => connections),
    packets: [
      live('In pkt/s', 10, ({ inPackets }) => inPackets),
      live('Out pkt/s', 10, ({ outPackets }) => outPackets),
    ],
    bytes: [live('In B/s', 5, ({ inBytes }) => inBytes), live('Out B/s', 8, ({ outBytes }) => outBytes)],
  };
}
