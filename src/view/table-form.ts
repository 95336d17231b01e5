import type { DestinationRows, LentDestination } from '../ipvs/codec/destination-rows.ts';
import type { LentService, ServiceRows } from '../ipvs/codec/service-rows.ts';
import { type FwmarkServiceId, familyOf, type Protocol, type ServiceId } from '../ipvs/model.ts';
import type { EntryLines } from '../ipvs/table.ts';
import { type EndpointFormatter, formatEndpoint } from '../rules/format.ts';
import { LineWriter } from './line-writer.ts';

/** How a table is written: a line for each service, and below it one for each of its servers. */
export interface TableForm {
  /** What the line of a service begins with; `undefined` stands for firewall marks. */
  readonly serviceStart: (protocol: Protocol | undefined) => string;
  /** The name of a service of a firewall mark. */
  readonly mark: (id: FwmarkServiceId) => string;
  /** How wide the names of services are at least. */
  readonly serviceWidth: number;
  /** Writes what is said of a service behind its name. */
  readonly serviceText: ServiceText;
  /** What the line of a server begins with. */
  readonly serverStart: (protocol: Protocol | undefined) => string;
  /** What stands between the name of the service and that of the server, if both are in the line of a server. */
  readonly serverLink?: string;
  readonly serverWidth: number;
  readonly serverText: ServerText;
  /** The names of IPv4 hosts are cut to so many characters. */
  readonly longestName: number;
}

/** Writes what is said of a service; no more than {@link longestText} bytes. */
export type ServiceText = (service: LentService, writer: LineWriter) => void;
/** The same of a server. */
export type ServerText = (server: LentDestination, writer: LineWriter) => void;

const longestText = 512;
/** Most that there is before it: a start, the names of a service and a server, and a link. */
const longestNames = 256;

/** Writes the line of the service in a row, its name in numbers. */
export function writeService(form: TableForm, services: ServiceRows, row: number, writer: LineWriter): void {
  writer.reserve(longestNames + longestText);
  writer.text(form.serviceStart(services.protocol(row)));
  writer.startColumn();
  writeServiceName(form, services, row, writer);
  writer.padColumn(form.serviceWidth);
  form.serviceText(services.at(row), writer);
  writer.endLine();
}

/** Writes the lines of servers of that service, in that order, their names in numbers. */
export function writeServers(
  form: TableForm,
  services: ServiceRows,
  row: number,
  servers: DestinationRows,
  order: Iterable<number>,
  writer: LineWriter,
): void {
  let start = 0;
  let length = -1;
  for (const server of order) {
    writer.reserve(longestNames + longestText);
    // All of them begin alike.
    if (length < 0) {
      start = writer.length;
      writeServerStart(form, services, row, writer);
      length = writer.length - start;
    } else {
      writer.repeat(start, length);
    }
    writer.startColumn();
    if (servers.isInet(server)) {
      writer.inetEndpoint(servers.addressWord(server, 0), servers.port(server));
    } else {
      const { address, port } = servers.at(server).id;
      writer.text(formatEndpoint(address, port, undefined));
    }
    writer.padColumn(form.serverWidth);
    form.serverText(servers.at(server), writer);
    writer.endLine();
  }
}

function writeServerStart(form: TableForm, services: ServiceRows, row: number, writer: LineWriter): void {
  writer.text(form.serverStart(services.protocol(row)));
  if (form.serverLink === undefined) return;
  writeServiceName(form, services, row, writer);
  writer.text(form.serverLink);
}

/** The lines of a service and its servers, with what `endpoint` calls them. */
export function entryText(
  form: TableForm,
  { service, destinations }: EntryLines,
  endpoint: EndpointFormatter,
): string {
  const { id } = service;
  const protocol = id.kind === 'address' ? id.protocol : undefined;
  const name = nameOf(form, id, endpoint);
  let text = `${form.serviceStart(protocol)}${name.padEnd(form.serviceWidth)}${service.text}\n`;
  const link = form.serverLink === undefined ? '' : `${name}${form.serverLink}`;
  const start = `${form.serverStart(protocol)}${link}`;
  for (const { id, text: said } of destinations) {
    const name = endpoint(id.address, id.port, protocol);
    const shown = id.address.family === 'inet' ? name.slice(0, form.longestName) : name;
    text += `${start}${shown.padEnd(form.serverWidth)}${said}\n`;
  }
  return text;
}

/** Makes what is said of services, or of servers, text: to be kept until their names are known. */
export function lineMaker<Lent extends { readonly id: unknown }>(
  write: (lent: Lent, writer: LineWriter) => void,
): (lent: Lent) => { readonly id: Lent['id']; readonly text: string } {
  const writer = new LineWriter();
  return (lent) => {
    writer.reserve(longestText);
    write(lent, writer);
    return { id: lent.id, text: writer.take().toString() };
  };
}

function writeServiceName(form: TableForm, services: ServiceRows, row: number, writer: LineWriter): void {
  if (services.isInet(row)) writer.inetEndpoint(services.addressWord(row, 0), services.port(row));
  else writer.text(nameOf(form, services.at(row).id, formatEndpoint));
}

function nameOf(form: TableForm, id: ServiceId, endpoint: EndpointFormatter): string {
  if (id.kind === 'fwmark') return form.mark(id);
  const name = endpoint(id.address, id.port, id.protocol);
  return familyOf(id) === 'inet' ? name.slice(0, form.longestName) : name;
}
