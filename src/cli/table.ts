import { busyReading } from '../ipvs/busy.ts';
import type { Ipvs } from '../ipvs/client.ts';
import { DestinationRows } from '../ipvs/codec/destination-rows.ts';
import type { RowRange } from '../ipvs/codec/row.ts';
import { ServiceRows } from '../ipvs/codec/service-rows.ts';
import type { ServiceId } from '../ipvs/model.ts';
import { type ProcTable, readProcTable } from '../ipvs/proc-table.ts';
import { type EntryLines, groupSize } from '../ipvs/table.ts';
import { formatEndpoint } from '../rules/format.ts';
import { writeCounter } from '../view/counter.ts';
import { LineWriter } from '../view/line-writer.ts';
import { type Columns, isTunnelLine, listedLine, listingForm, listingHeading } from '../view/listing.ts';
import { InetOrder, orderServices, RowOrder, sortDestinations } from '../view/order.ts';
import { savedForm } from '../view/saved.ts';
import { ServerLines } from '../view/server-lines.ts';
import { entryText, lineMaker, type TableForm, writeServers, writeService } from '../view/table-form.ts';
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
  const counters = columns === 'stats' || columns === 'rate';
  const services = new ServiceRows({ counters });
  const found = id ? [await ipvs.readService(id, services)] : await ipvs.readServices(services);
  const form = listingForm(columns, exact);
  const listing: Listing = { ipvs, form, services, order: found, sorted, counters };
  out.write(listingHeading(id ? undefined : info, columns));
  await printTable(listing, numeric, columns, out);
}

/** Prints the table as rules. Returns how many servers are written with another forwarding method than they have. */
export async function saveTable(ipvs: Ipvs, numeric: boolean, out: Output): Promise<number> {
  const services = new ServiceRows({ counters: false });
  const found = await ipvs.readServices(services);
  let foreign = 0;
  const form = savedForm(() => foreign++);
  await printTable(
    { ipvs, form, services, order: found, sorted: true, counters: false },
    numeric,
    undefined,
    out,
  );
  return foreign;
}

/** Services to be printed, with their servers. */
interface Listing {
  readonly ipvs: Ipvs;
  readonly form: TableForm;
  readonly services: ServiceRows;
  /** Which services, and in which order. */
  readonly order: readonly number[];
  /** Whether servers are put in order, too. */
  readonly sorted: boolean;
  readonly counters: boolean;
}

/** What runs for each service or server of a listing. */
const busy = [
  ...busyReading,
  ...[InetOrder, RowOrder, LineWriter, ServerLines, writeCounter, writeServers, writeService],
];

/**
 * Of a longer table the kernel's file takes longer than asking service by service: for each page the kernel goes through all
 * services before it (`ip_vs_info_array`, net/netfilter/ipvs/ip_vs_ctl.c).
 */
const mostInFile = 20_000;

/** Prints a listing, from the kernel's file where that has the columns. */
async function printTable(
  found: Listing,
  numeric: boolean,
  columns: Columns | undefined,
  out: Output,
): Promise<void> {
  await prepareForMany(found.order.length, busy);
  const listing = found.sorted ? { ...found, order: orderServices(found.services, found.order) } : found;
  const wantsTunnels = columns === 'tun-info';
  const isInFile = columns === 'table' || wantsTunnels;
  const { length } = listing.order;
  const table = isInFile && length > 1 && length <= mostInFile ? readProcTable() : undefined;
  if (table) return copyEntries(listing, table, { wantsTunnels, numeric }, out);
  return numeric ? printRows(listing, out) : printNamed(listing, out);
}

/** Lines are handed on when there are so many bytes of them. */
const handedOn = 64 * 1024;

/** Services that were asked for together, and where their servers are. */
interface Group {
  readonly services: readonly number[];
  readonly servers: DestinationRows;
  readonly ranges: readonly RowRange[];
}

/** The services of a listing with their servers, as these are read: each group is valid until the next. */
async function* readGroups({ ipvs, services, order, counters }: Listing): AsyncGenerator<Group> {
  const servers = new DestinationRows({ counters });
  for (let first = 0; first < order.length; first += groupSize) {
    const group = order.slice(first, first + groupSize);
    servers.clear();
    yield { services: group, servers, ranges: await ipvs.readDestinations(services, group, servers) };
  }
}

/** Prints services with their servers in numbers, as these are read. */
async function printRows(listing: Listing, out: Output): Promise<void> {
  const { form, services } = listing;
  const order = new RowOrder(listing);
  const writer = new LineWriter();
  for await (const { services: rows, servers, ranges } of readGroups(listing)) {
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] ?? 0;
      const range = ranges[index] ?? noRows;
      writeService(form, services, row, writer);
      writeServers(form, services, row, servers, order.order(servers, range), writer);
      if (writer.length >= handedOn) out.write(writer.take());
    }
  }
  out.write(writer.take());
}

const noRows = { first: 0, end: 0 };

/** Services with their servers as text, as these are read. */
async function* readLines(listing: Listing): AsyncGenerator<EntryLines> {
  const { form, services } = listing;
  const order = new RowOrder(listing);
  const serviceLine = lineMaker(form.serviceText);
  const serverLine = lineMaker(form.serverText);
  for await (const { services: rows, servers, ranges } of readGroups(listing)) {
    for (const [index, row] of rows.entries()) {
      const inOrder = order.order(servers, ranges[index] ?? noRows);
      const destinations = inOrder.map((server) => serverLine(servers.at(server)));
      yield { service: serviceLine(services.at(row)), destinations };
    }
  }
}

/** Prints services with their servers by the names of their addresses, which are looked up when all are read. */
async function printNamed(listing: Listing, out: Output): Promise<void> {
  const entries: EntryLines[] = [];
  for await (const entry of readLines(listing)) entries.push(entry);
  await printByName(entries, listing, out);
}

async function printByName(entries: readonly EntryLines[], { form }: Listing, out: Output): Promise<void> {
  if (entries.length === 0) return;
  const endpoint = await namer(entries, false);
  for (const entry of entries) out.write(entryText(form, entry, endpoint));
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
  const { form, services, sorted } = listing;
  const writer = new LineWriter();
  const lines = new ServerLines(writer, { sorted, tunnels: wantsTunnels });
  const toLine = lineMaker(form.serviceText);
  const named: EntryLines[] = [];
  for (const row of listing.order) {
    if (numeric && table.turnTo(services, row)) {
      const before = writer.length;
      writeService(form, services, row, writer);
      if (lines.add(table.block, table.start, table.end)) {
        if (writer.length >= handedOn) out.write(writer.take());
        continue;
      }
      writer.truncate(before);
    }
    if (numeric) out.write(writer.take());
    const servers = table.servers(services, row);
    if (!servers || (wantsTunnels && servers.some(isTunnelLine))) {
      const alone = { ...listing, order: [row] };
      if (numeric) await printRows(alone, out);
      else for await (const entry of readLines(alone)) named.push(entry);
      continue;
    }
    const destinations = servers.map((line) => listedLine(line, wantsTunnels));
    const service = toLine(services.at(row));
    const entry = { service, destinations: sorted ? sortDestinations(destinations) : destinations };
    if (numeric) out.write(entryText(form, entry, formatEndpoint));
    else named.push(entry);
  }
  out.write(writer.take());
  await printByName(named, listing, out);
}
