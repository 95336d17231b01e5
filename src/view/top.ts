import type { Address } from '../ipvs/address.ts';
import type { ConnectionCounts, ProtocolEndpoint, Ranking } from '../ipvs/connection-counts.ts';
import { transportProtocol } from '../ipvs/protocol.ts';
import type { EndpointFormatter } from '../rules/format.ts';
import { wrap } from './pretty/layout.ts';
import type { Look } from './pretty/look.ts';

/** What has the most connections. */
export interface Rankings {
  readonly total: number;
  readonly clients: Ranking<Address>;
  readonly services: Ranking<ProtocolEndpoint>;
  readonly servers: Ranking<ProtocolEndpoint>;
  readonly states: ReturnType<ConnectionCounts['states']>;
}

/** The `number` largest of every kind. */
export function rankingsOf(counts: ConnectionCounts, number: number): Rankings {
  return {
    total: counts.total,
    clients: counts.clients(number),
    services: counts.services(number),
    servers: counts.servers(number),
    states: counts.states(number),
  };
}

/** The addresses in rankings, for looking up what they are called. */
export function rankedAddresses({ clients, services, servers }: Rankings): Address[] {
  return [
    ...clients.largest.map(({ what }) => what),
    ...[...services.largest, ...servers.largest].map(({ what }) => what.endpoint.address),
  ];
}

/** How addresses are written. */
export interface TopNames {
  readonly host: (address: Address) => string;
  readonly endpoint: EndpointFormatter;
}

interface Group {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly count: number }[];
}

function group<T>(title: string, { largest, rest }: Ranking<T>, name: (what: T) => string): Group {
  const rows = largest.map(({ what, count }) => ({ name: printable(name(what)), count }));
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

/** The longest and shortest heading above the numbers. */
const countTitles = ['Connections', 'Conns'] as const;
const barWidth = 20;
const shareWidth = 5;

/** Prints rankings; without a `width` they take the room they need. */
export function formatRankings(
  rankings: Rankings,
  { names, look, width }: { names: TopNames; look: Look; width: number | undefined },
): string {
  const { total } = rankings;
  const groups = groupsOf(rankings, names);
  const all = groups.flatMap(({ title, rows }) => [title.length, ...rows.map(({ name }) => name.length + 2)]);
  const longest = Math.max(...all);
  const columnOf = (title: string) => {
    const countWidth = Math.max(title.length, String(total).length);
    return { title, countWidth, room: (width ?? Number.POSITIVE_INFINITY) - 2 - countWidth - 2 - shareWidth };
  };
  const [usual, short] = [columnOf(countTitles[0]), columnOf(countTitles[1])];
  const { title: countTitle, countWidth, room } = usual.room < longest ? short : usual;
  const nameWidth = Math.max(12, Math.min(longest, room));
  const bar = room - nameWidth >= 2 + 4 ? Math.min(barWidth, room - nameWidth - 2) : 0;

  const { paint, glyphs } = look;
  const line = (name: string, count: string, share: string) =>
    `${name.padEnd(nameWidth)}  ${count.padStart(countWidth)}  ${share.padStart(shareWidth)}`;
  let text = `${total} connection${total === 1 ? '' : 's'}\n`;
  for (const { title, rows } of groups) {
    if (rows.length === 0) continue;
    text += `\n${paint.service(title.padEnd(nameWidth))}${paint.heading(line('', countTitle, 'Share').slice(nameWidth))}\n`;
    for (const { name, count } of rows) {
      const [first = '', ...more] = wrap(`  ${name}`, nameWidth, '  ');
      const drawn = paint.bar(glyphs.bar(count / total, bar));
      text += `${line(first, String(count), `${Math.round((count / total) * 100)}%`)}  ${drawn}`.trimEnd();
      text += `\n${more.map((rest) => `${rest}\n`).join('')}`;
    }
  }
  return text;
}

/** States come from the kernel, names from the network: nothing of them steers the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}
