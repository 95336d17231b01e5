import type { Destination, Stats } from '../../ipvs/model.ts';
import { formatCounter } from '../counter.ts';
import type { ColumnSet } from '../listing/columns.ts';
import { forwardingNames, tunnelInfo } from '../listing/server-texts.ts';
import { formatRate } from './rate-text.ts';
import { connectionsOf, type Rates, type RowTotals } from './row-totals.ts';
import type { Glyphs } from './theme.ts';

/** The data for a cell. */
export interface CellContext {
  readonly server: Destination;
  readonly totals: RowTotals;
  readonly service: RowTotals;
}

/** The space that the layout gives a cell, and the glyphs to fill it with. */
export interface CellSpace {
  readonly width: number;
  readonly glyphs: Glyphs;
}

/** A column to the right of the names of services and servers. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Order of omission on a narrow terminal: the highest rank is dropped first, rank 0 never. */
  readonly rank: number;
  readonly server: (context: CellContext, room: CellSpace) => string;
  /** Returns the cell of a service. The name of a service extends over all columns before the first one with this property. */
  readonly service?: (totals: RowTotals) => string;
  /** Returns the value that services and servers are sorted by. */
  readonly value?: (totals: RowTotals) => number | bigint;
  /** True if the column shows as a number what a bar shows. */
  readonly isPart?: true;
  /** Limits of the width of a bar, which takes the space left by other columns. */
  readonly elastic?: { readonly min: number; readonly max: number };
  /** True if the column shows a rate: its changes are not marked, and a 0 is drawn faintly. */
  readonly live?: true;
  /** True if the column shows a setting, which changes only when an administrator changes it. */
  readonly setting?: true;
}

/** Options that choose the columns of a view. */
export interface ColumnOptions {
  readonly columns: ColumnSet;
  /** Writes counters and rates with all digits. */
  readonly exact: boolean;
  /** Adds columns of rates between two readings of the counters. */
  readonly live: boolean;
  /** Draws bars. Without bars, the columns that show the same as numbers are dropped first. */
  readonly bars: boolean;
}

/** Returns the columns of a view, from left to right. */
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
const active = count('Active', 0, ({ active }) => active);
const inactive = count('Inactive', 4, ({ inactive }) => inactive);
const persistent = count('Persist', 0, ({ persistent }) => persistent);

/** A server's share of the connections of its service, in per cent and as a bar. */
const share = portion('Share', ({ totals, service }) => connectionsOf(totals) / connectionsOf(service));

/** A server's connections as a share of its upper threshold. */
const used = portion('Used', ({ totals, server }) =>
  server.upperThreshold > 0 ? connectionsOf(totals) / server.upperThreshold : Number.NaN,
);

function setting(title: string, rank: number, value: (server: Destination) => number | string): Column {
  return { title, align: 'right', rank, server: ({ server }) => String(value(server)), setting: true };
}

function count(title: string, rank: number, value: (totals: RowTotals) => number): Column {
  return {
    title,
    align: 'right',
    rank,
    server: ({ totals }) => String(value(totals)),
    service: (totals) => String(value(totals)),
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
      elastic: { min: 4, max: 24 },
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

/** Returns the columns of the rates that the kernel estimates (`ip_vs_read_estimator`, net/netfilter/ipvs/ip_vs_est.c). */
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
