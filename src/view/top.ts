import CliTable from 'cli-table3';
import type { Address } from '../ipvs/address.ts';
import type { ProtocolEndpoint, Ranking, Rankings } from '../ipvs/proc/connection-counts.ts';
import { transportProtocol } from '../ipvs/protocol.ts';
import { withoutInvisible } from '../platform/visible.ts';
import { counted } from '../rules/counted.ts';
import type { EndpointFormatter } from '../rules/format.ts';
import { borderless } from './borderless.ts';
import { displayWidth } from './display-width.ts';
import { wrap } from './framed-table/layout.ts';
import type { Theme } from './framed-table/theme.ts';

/** Returns the addresses in rankings, whose names are to be resolved. */
export function rankedAddresses({ clients, services, servers }: Rankings): Address[] {
  return [
    ...clients.largest.map(({ item }) => item),
    ...[...services.largest, ...servers.largest].map(({ item }) => item.endpoint.address),
  ];
}

/** Formatters of addresses and endpoints. */
export interface TopNames {
  readonly host: (address: Address) => string;
  readonly endpoint: EndpointFormatter;
}

interface Group {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly count: number }[];
}

function group<T>(title: string, { largest, rest }: Ranking<T>, name: (what: T) => string): Group {
  const rows = largest.map(({ item, count }) => ({ name: withoutInvisible(name(item)), count }));
  const more = rest.kinds > 0 ? [{ name: `${rest.kinds} more`, count: rest.connections }] : [];
  return { title, rows: [...rows, ...more] };
}

function groupsOf({ clients, services, servers, states }: Rankings, { host, endpoint }: TopNames): Group[] {
  const endpointName = ({ protocol, endpoint: { address, port } }: ProtocolEndpoint) =>
    `${protocol} ${endpoint(address, port, transportProtocol(protocol))}`;
  return [
    group('Clients', clients, host),
    group('Services', services, endpointName),
    group('Servers', servers, endpointName),
    group('States', states, ({ protocol, state }) => `${protocol} ${state}`),
  ];
}

/** Titles of the column of numbers, in full and abbreviated. */
const countTitles = ['Connections', 'Conns'] as const;
const shareTitle = 'Share';
const gap = 2;
const maxBarWidth = 20;
const minBarWidth = 4;

/** Formats rankings as a table; without `width`, nothing is wrapped. */
export function formatRankings(
  rankings: Rankings,
  {
    names,
    theme,
    width = Number.POSITIVE_INFINITY,
  }: { names: TopNames; theme: Theme; width: number | undefined },
): string {
  const { paint, glyphs } = theme;
  const { total } = rankings;
  const groups = groupsOf(rankings, names).filter(({ rows }) => rows.length > 0);
  const longest = Math.max(
    12,
    ...groups.flatMap(({ title, rows }) => [title.length, ...rows.map(({ name }) => displayWidth(name) + 2)]),
  );
  const roomBeside = (title: string) =>
    width - 2 * gap - Math.max(title.length, String(total).length) - shareTitle.length;
  const [fullTitle, shortTitle] = countTitles;
  const countTitle = roomBeside(fullTitle) < longest ? shortTitle : fullTitle;
  const room = roomBeside(countTitle);
  const nameWidth = Math.min(longest, room);
  const barRoom = room - nameWidth - gap;
  const barWidth = barRoom >= minBarWidth ? Math.min(maxBarWidth, barRoom) : 0;

  const table = new CliTable({
    chars: { ...borderless, middle: ' '.repeat(gap) },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: ['left', 'right', 'right', 'left'],
  });
  for (const { title, rows } of groups) {
    if (table.length > 0) table.push(['', '', '', '']);
    table.push([
      paint.service(title.padEnd(nameWidth)),
      paint.heading(countTitle),
      paint.heading(shareTitle),
      '',
    ]);
    for (const { name, count } of rows) {
      table.push([
        wrap(`  ${name}`, nameWidth, '  ').join('\n'),
        String(count),
        `${Math.round((count / total) * 100)}%`,
        paint.bar(glyphs.bar(count / total, barWidth)),
      ]);
    }
  }
  const lines =
    table.length > 0
      ? [
          '',
          ...table
            .toString()
            .split('\n')
            .map((line) => line.trimEnd()),
        ]
      : [];
  return [counted(total, 'connection'), ...lines, ''].join('\n');
}
