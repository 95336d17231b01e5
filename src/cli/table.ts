import type { Ipvs } from '../ipvs/client.ts';
import { DestinationRows } from '../ipvs/codec/destination-rows.ts';
import type { Service, ServiceId } from '../ipvs/model.ts';
import { type ProcTable, readProcTable } from '../ipvs/proc-table.ts';
import { type EntryLines, groupSize, type Line } from '../ipvs/table.ts';
import { type EndpointFormatter, formatEndpoint } from '../rules/format.ts';
import { LineWriter } from '../view/line-writer.ts';
import {
  type Columns,
  isTunnelLine,
  listedLine,
  listedServer,
  listedService,
  listingEntry,
  listingHeading,
  nameWidth,
} from '../view/listing.ts';
import { orderRows, sortDestinations, sortServices } from '../view/order.ts';
import { savedEntry, savedServer, savedServerStart, savedService } from '../view/saved.ts';
import { ServerLines } from '../view/server-lines.ts';
import { type ServerText, serverLineMaker, writeServer } from '../view/server-rows.ts';
import { prepareForMany } from './engine.ts';
import { namer } from './entries.ts';
import type { Kernel } from './kernel.ts';
import type { Output } from './output.ts';

/** How the table is listed. */
interface ListingOptions {
  readonly columns: Columns;
  readonly exact: boolean;
  readonly sorted: boolean;
  readonly numeric: boolean;
}

/** Lists the table, or of it the service that `id` identifies. Rejects with `NetlinkError` when there is none such. */
export async function listTable(
  { ipvs, info }: Kernel,
  id: ServiceId | undefined,
  { columns, exact, sorted, numeric }: ListingOptions,
  out: Output,
): Promise<void> {
  const toLine = (service: Service) => listedService(service, columns, exact);
  const listing: Listing = {
    ipvs,
    services: id ? [toLine(await ipvs.service(id))] : await ipvs.mapServices(toLine),
    server: listedServer(columns, exact),
    render: (entry, endpoint) => listingEntry(entry, columns, endpoint),
    serverStart: () => serverArrow,
    nameWidth,
    sorted,
  };
  out.write(listingHeading(id ? undefined : info, columns));
  await prepareForMany(listing.services.length);
  const wantsTunnels = columns === 'tun-info';
  const isInFile = columns === 'table' || wantsTunnels;
  const table = isInFile && listing.services.length > 1 ? readProcTable() : undefined;
  if (table) return copyEntries(listing, table, { wantsTunnels, numeric }, out);
  return numeric ? printRows(listing, listing.services, out) : printNamed(listing, out);
}

/** Prints the table as rules. */
export async function saveTable(ipvs: Ipvs, numeric: boolean, out: Output): Promise<void> {
  const listing: Listing = {
    ipvs,
    services: await ipvs.mapServices(savedService),
    server: savedServer(),
    render: savedEntry,
    serverStart: (service) => savedServerStart(service, formatEndpoint),
    nameWidth: 0,
    sorted: true,
  };
  await prepareForMany(listing.services.length);
  return numeric ? printRows(listing, listing.services, out) : printNamed(listing, out);
}

/** Services to be printed, with their servers. */
interface Listing {
  readonly ipvs: Ipvs;
  readonly services: readonly Line<ServiceId>[];
  readonly server: ServerText;
  readonly render: (entry: EntryLines, endpoint: EndpointFormatter) => string;
  /** What the line of a server begins with, in numbers, and how wide its name is printed at least. */
  readonly serverStart: (service: ServiceId) => string;
  readonly nameWidth: number;
  readonly sorted: boolean;
}

/** What the line of a server begins with in a listing. */
const serverArrow = '  -> ';

/** The services of a listing in order, in groups. */
function* groupsOf(services: readonly Line<ServiceId>[], sorted: boolean): Generator<Line<ServiceId>[]> {
  const inOrder = sorted ? sortServices(services, ({ id }) => id) : services;
  for (let first = 0; first < inOrder.length; first += groupSize) {
    yield inOrder.slice(first, first + groupSize);
  }
}

const idOf = ({ id }: Line<ServiceId>) => id;

/** Lines are handed on when there are so many bytes of them. */
const handedOn = 64 * 1024;

/** Prints services with their servers in numbers, as these are read. */
async function printRows(
  { ipvs, server, render, serverStart, nameWidth, sorted }: Listing,
  services: readonly Line<ServiceId>[],
  out: Output,
): Promise<void> {
  const rows = new DestinationRows();
  const writer = new LineWriter();
  for (const group of groupsOf(services, sorted)) {
    rows.clear();
    const found = await ipvs.readDestinations(group.map(idOf), rows);
    for (const [index, service] of group.entries()) {
      writer.lines(render({ service, destinations: [] }, formatEndpoint));
      const line = { start: serverStart(service.id), width: nameWidth, text: server };
      const own = found[index] ?? [];
      for (const row of sorted ? orderRows(rows, own) : own) writeServer(rows, row, line, writer);
      if (writer.length >= handedOn) out.write(writer.take());
    }
  }
  out.write(writer.take());
}

/** Services with their servers in order, as these are read. */
async function* readLines(
  { ipvs, server, sorted }: Listing,
  services: readonly Line<ServiceId>[],
): AsyncGenerator<EntryLines> {
  const toLine = serverLineMaker(server);
  for (const group of groupsOf(services, sorted)) {
    const found = await ipvs.mapDestinations(group.map(idOf), toLine);
    for (const [index, service] of group.entries()) {
      const servers = found[index] ?? [];
      yield { service, destinations: sorted ? sortDestinations(servers) : servers };
    }
  }
}

/** Prints services with their servers by the names of their addresses, which are looked up when all are read. */
async function printNamed(listing: Listing, out: Output): Promise<void> {
  const entries: EntryLines[] = [];
  for await (const entry of readLines(listing, listing.services)) entries.push(entry);
  await printByName(entries, listing, out);
}

async function printByName(entries: readonly EntryLines[], { render }: Listing, out: Output): Promise<void> {
  if (entries.length === 0) return;
  const endpoint = await namer(entries, false);
  for (const entry of entries) out.write(render(entry, endpoint));
}

/** How lines of the kernel's file are printed. */
interface CopyOptions {
  readonly wantsTunnels: boolean;
  readonly numeric: boolean;
}

/**
 * Prints services with the lines of `/proc/net/ip_vs`, which has all of them in one piece, where netlink must be asked service
 * by service: in numbers as copies of bytes. What the file misses is asked for; and so are tunnels, where they are wanted and
 * there are any.
 */
async function copyEntries(
  listing: Listing,
  table: ProcTable,
  { wantsTunnels, numeric }: CopyOptions,
  out: Output,
): Promise<void> {
  const { services, render, sorted } = listing;
  const lines = new ServerLines({ sorted, tunnels: wantsTunnels });
  const named: EntryLines[] = [];
  for (const service of sorted ? sortServices(services, ({ id }) => id) : services) {
    const block = numeric ? table.linesOf(service.id) : undefined;
    if (block && lines.add(render({ service, destinations: [] }, formatEndpoint), block)) {
      if (lines.length >= handedOn) out.write(lines.take());
      continue;
    }
    if (numeric) out.write(lines.take());
    const servers = table.serversOf(service.id);
    if (!servers || (wantsTunnels && servers.some(isTunnelLine))) {
      if (numeric) await printRows(listing, [service], out);
      else for await (const entry of readLines(listing, [service])) named.push(entry);
      continue;
    }
    const destinations = servers.map((line) => listedLine(line, wantsTunnels));
    const entry = { service, destinations: sorted ? sortDestinations(destinations) : destinations };
    if (numeric) out.write(render(entry, formatEndpoint));
    else named.push(entry);
  }
  out.write(lines.take());
  await printByName(named, listing, out);
}
