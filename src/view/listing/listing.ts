import type { Address } from '../../ipvs/address.ts';
import {
  type Destination,
  type DestinationSettings,
  familyOf,
  type Info,
  type Service,
  type ServiceId,
} from '../../ipvs/model.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import { clip } from '../../rules/values.ts';
import { padToBytes } from '../byte-width.ts';
import { formatCounter, formatExactCounter } from '../counter.ts';
import { type Column, type ColumnSet, layouts, nameWidth } from './columns.ts';
import { markName, serviceSettingsText, serviceStart } from './service-texts.ts';

/** The start of a server's line. */
export const serverStart = '  -> ';

/** Format of a listing. */
export interface ListingForm {
  readonly columns: ColumnSet;
  /** True if counters are written with all digits. */
  readonly exact: boolean;
}

/** Returns the heading lines. Only a whole table shows the kernel's version, so `info` is absent for a single service. */
export function listingHeading(info: Info | undefined, columns: ColumnSet): string {
  return (info ? versionLine(info) : '') + columnHeadings(columns);
}

function versionLine({ version: { major, minor, patch }, connectionTableSize }: Info): string {
  return `IP Virtual Server version ${major}.${minor}.${patch} (size=${connectionTableSize})\n`;
}

function columnHeadings(set: ColumnSet): string {
  const { columns, headings } = layouts[set];
  const services = 'Prot LocalAddress:Port';
  const servers = '  -> RemoteAddress:Port';
  const titles = columns.map((column) => ` ${pad(column.heading, column)}`).join('');
  const width = serverStart.length + nameWidth;
  if (headings === 'above services') return `${services.padEnd(width)}${titles}\n${servers}\n`;
  return `${services} Scheduler Flags\n${(servers.padEnd(width) + titles).trimEnd()}\n`;
}

/** Returns the lines of a service and its servers, in the given order, with names formatted by `endpoint`. */
export function formatEntry(
  { service, destinations }: ServiceEntry,
  form: ListingForm,
  endpoint: EndpointFormatter,
): string {
  const protocol = service.id.kind === 'address' ? service.id.protocol : undefined;
  let text = serviceLine(service, form, endpoint);
  for (const server of destinations) {
    const { address, port } = server.id;
    const name = endpoint(address, port, protocol);
    text += `${serverStart}${padToBytes(shownName(name, address), nameWidth)}${serverCells(server, form)}\n`;
  }
  return text;
}

function serviceLine(service: Service, form: ListingForm, endpoint: EndpointFormatter): string {
  const { id } = service;
  const start = serviceStart(id.kind === 'address' ? id.protocol : undefined);
  const name = serviceName(id, endpoint);
  const layout = layouts[form.columns];
  if (layout.services === 'settings') return `${start}${name}${serviceSettingsText(service, familyOf(id))}\n`;
  const cells = layout.columns.map((column) => counterCell(column, service, 64, form.exact));
  return `${start}${padToBytes(name, nameWidth)}${cells.join('')}\n`;
}

function serviceName(id: ServiceId, endpoint: EndpointFormatter): string {
  if (id.kind === 'fwmark') return markName(id);
  return shownName(endpoint(id.address, id.port, id.protocol), id.address);
}

function shownName(name: string, { family }: Address): string {
  return family === 'inet' ? clip(name, nameWidth + 1) : name;
}

function serverCells(server: Destination, { columns, exact }: ListingForm): string {
  return layouts[columns].columns.map((column) => serverCell(column, server, exact)).join('');
}

function serverCell(column: Column, server: Destination, exact: boolean): string {
  const { source } = column;
  switch (source.kind) {
    case 'setting':
      return settingCell(column, server);
    case 'count':
      return ` ${pad(String(server[source.field]), column)}`;
    case 'counter':
      return counterCell(column, server, source.serverBits, exact);
  }
}

/** Returns the cell of a server in a column of settings. */
export function settingCell(column: Column, settings: DestinationSettings): string {
  const { source } = column;
  return source.kind === 'setting' ? ` ${pad(source.text(settings), column)}` : '';
}

function counterCell(
  { source, width }: Column,
  { stats }: Pick<Service, 'stats'>,
  bits: 32 | 64,
  exact: boolean,
): string {
  if (source.kind !== 'counter') return '';
  const counter = BigInt.asUintN(bits, stats[source.name]);
  return exact ? formatExactCounter(counter, width) : formatCounter(counter, width);
}

function pad(content: string, { width, align }: Column): string {
  return align === 'left' ? content.padEnd(width) : content.padStart(width);
}
