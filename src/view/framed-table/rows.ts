import { type Destination, familyOf, isFull, isUsable, type Service, ServiceFlag } from '../../ipvs/model.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';
import { defaultNetmask } from '../../rules/defaults.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import { refusesByHash } from '../../rules/hash-schedulers.ts';
import { formatNetmask } from '../../rules/netmask.ts';
import { schedulerFlagNames } from '../../rules/scheduler-flags.ts';
import { displayWidth } from '../display-width.ts';
import type { Column } from './columns.ts';
import { type Layout, type NaturalWidths, nonBreaking, titleSpan, wrap } from './layout.ts';
import { type Rates, serverTotals, serviceTotals } from './row-totals.ts';
import type { Theme, Tone } from './theme.ts';

/** A service to draw. */
export interface ShownService {
  readonly entry: ServiceEntry;
  /** Earlier readings of the service; `undefined` when there are none. */
  readonly history?: History | undefined;
}

/** Comparison of a service and its servers with earlier readings. */
export interface History {
  /** Rates of the service since an earlier reading. */
  readonly rates: Rates | undefined;
  /** Returns the rates of a server since an earlier reading. */
  readonly ratesOf: (server: Destination) => Rates | undefined;
  /** Returns a server as it was at the previous reading. */
  readonly before: (server: Destination) => Destination | undefined;
}

/** Style of rows. */
export interface RowStyle {
  readonly endpoint: EndpointFormatter;
  readonly theme: Theme;
  /** Blanks or an arrow before the names of servers. */
  readonly indent: string;
}

/** The row of a service or server. */
export interface Row {
  readonly kind: 'service' | 'server';
  /** The name, in one or more lines. */
  readonly name: readonly string[];
  /** Tone of the whole row; `undefined` for the usual one. */
  readonly tone: Tone | undefined;
  /** The cells; those of a service begin with the first column that its name does not extend over. */
  readonly cells: readonly Cell[];
}

/** A cell of a row. */
export interface Cell {
  readonly text: string;
  readonly tone: Tone | undefined;
}

/** Returns the name of a service: `TCP 192.0.2.1:80` or `FWM 1 IPv6`. */
export function serviceName({ id }: Pick<Service, 'id'>, endpoint: EndpointFormatter): string {
  if (id.kind === 'fwmark') return `FWM ${id.fwmark}${id.family === 'inet6' ? ' IPv6' : ''}`;
  return `${id.protocol.toUpperCase()} ${endpoint(id.address, id.port, id.protocol)}`;
}

/** Returns the name of a server: `192.0.2.9:80`. */
export function serverName(server: Destination, service: Service, endpoint: EndpointFormatter): string {
  const { id } = service;
  return endpoint(server.id.address, server.id.port, id.kind === 'address' ? id.protocol : undefined);
}

/** Returns the row of a service. */
export function serviceRow(shown: ShownService, layout: Layout, style: RowStyle): Row {
  const totals = serviceTotals(shown.entry, shown.history);
  const usable = shown.entry.destinations.some(isUsable);
  const { columns } = titleSpan(layout);
  return {
    kind: 'service',
    name: titleLines(shown.entry, layout, style),
    tone: usable ? 'service' : 'failing',
    cells: layout.columns.slice(columns).map((column) => {
      const text = column.service?.(totals) ?? '';
      return { text, tone: quietTone(column, text) };
    }),
  };
}

/** Returns the name of a service with its settings, wrapped into lines. */
export function titleLines(entry: ServiceEntry, layout: Layout, style: RowStyle): string[] {
  return wrap(titleOf(entry, style), titleSpan(layout).width, '  ');
}

function titleOf({ service, destinations }: ServiceEntry, style: RowStyle): string {
  const words = [serviceName(service, style.endpoint), ...settingsOf(service)];
  if (!destinations.some(isUsable))
    words.push(nonBreaking(destinations.length ? '(no usable server)' : '(no server)'));
  return words.join(' ');
}

function settingsOf({ id, scheduler, flags, timeout, netmask, persistenceEngine }: Service): string[] {
  const family = familyOf(id);
  const names = schedulerFlagNames(scheduler, flags);
  const persists = (flags & ServiceFlag.persistent) !== 0;
  return [
    names.length ? `${scheduler} (${names.join(',')})` : scheduler,
    ...(persists ? [nonBreaking(`persistent ${timeout}`)] : []),
    ...(persists && netmask !== defaultNetmask(family)
      ? [nonBreaking(`mask ${formatNetmask(netmask, family)}`)]
      : []),
    ...(persists && persistenceEngine ? [nonBreaking(`pe ${persistenceEngine}`)] : []),
    ...(flags & ServiceFlag.onePacket ? ['ops'] : []),
  ];
}

/** Returns whether a server accepts no connections but its scheduler keeps choosing it, so that its clients are refused. */
export function isRefusing(server: Destination, service: Service): boolean {
  return !isUsable(server) && refusesByHash(service);
}

/** Returns the name of a server, preceded by the indent or a mark. */
export function serverTitle(
  server: Destination,
  service: Service,
  { endpoint, theme, indent }: RowStyle,
): string {
  const mark = isRefusing(server, service) ? theme.glyphs.refusing : isFull(server) ? theme.glyphs.full : '';
  return mark + indent.slice(mark.length) + serverName(server, service, endpoint);
}

/** Returns the rows of some servers of a service. */
export function serverRows(
  { entry, history }: ShownService,
  servers: readonly Destination[],
  layout: Layout,
  style: RowStyle,
): Row[] {
  const whole = serviceTotals(entry, history);
  return servers.map((server) => {
    const before = history?.before(server);
    const title = serverTitle(server, entry.service, style);
    return {
      kind: 'server',
      name: wrap(title, layout.name, ' '.repeat(style.indent.length)),
      tone: toneOf(server, entry.service),
      cells: layout.columns.map((column, index) => {
        const room = { width: layout.widths[index] ?? 0, glyphs: style.theme.glyphs };
        const cell = (one: Destination, rates?: Rates) =>
          column.server({ server: one, totals: serverTotals(one, rates), service: whole }, room);
        const text = cell(server, history?.ratesOf(server));
        // Rates always change, and shares change with the connections of every other server.
        const marksChanges = !column.live && (column.value || column.setting);
        const changed = before && marksChanges && cell(server) !== cell(before);
        return { text, tone: changed ? 'changed' : column.elastic ? 'bar' : quietTone(column, text) };
      }),
    };
  });
}

function toneOf(server: Destination, service: Service): Tone | undefined {
  if (isRefusing(server, service)) return 'full';
  if (server.weight === 0) return 'idle';
  return isFull(server) ? 'full' : undefined;
}

/** Returns the tone of a rate of 0, which is drawn faintly. */
function quietTone(column: Column, text: string): Tone | undefined {
  return column.live && text === '0' ? 'idle' : undefined;
}

/** Widens `natural` to the widths of the names and cells of a service and some of its servers. */
export function measure(
  natural: NaturalWidths,
  { entry, history }: ShownService,
  servers: readonly Destination[],
  style: RowStyle,
): void {
  const service = serviceTotals(entry, history);
  const room = { width: 0, glyphs: style.theme.glyphs };
  const widen = (column: Column, text: string) => {
    const width = natural.cells.get(column) ?? 0;
    const wanted = displayWidth(text);
    if (wanted > width) natural.cells.set(column, wanted);
  };
  const measured = [...natural.cells.keys()].filter(({ elastic }) => !elastic);
  for (const column of measured) widen(column, column.service?.(service) ?? '');
  natural.title = Math.max(natural.title, displayWidth(titleOf(entry, style)));
  for (const server of servers) {
    const totals = serverTotals(server, history?.ratesOf(server));
    for (const column of measured) widen(column, column.server({ server, totals, service }, room));
    natural.name = Math.max(natural.name, displayWidth(serverTitle(server, entry.service, style)));
  }
}
