import type { Ipvs } from '../ipvs/client.ts';
import type { Destination, DestinationId, Service, ServiceId } from '../ipvs/model.ts';
import { type ProcTable, readProcTable } from '../ipvs/proc-table.ts';
import type { EntryLines, Line } from '../ipvs/table.ts';
import { type EndpointFormatter, formatEndpoint } from '../rules/format.ts';
import {
  type Columns,
  isTunnelLine,
  listedLine,
  listedServer,
  listedService,
  listingEntry,
  listingHeading,
} from '../view/listing.ts';
import { sortDestinations, sortServices } from '../view/order.ts';
import { savedEntry, savedServer, savedService } from '../view/saved.ts';
import { ServerLines } from '../view/server-lines.ts';
import { namer } from './entries.ts';
import type { Kernel } from './kernel.ts';
import { prepareForMany } from './many.ts';
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
    server: (server) => listedServer(server, columns, exact),
    render: (entry, endpoint) => listingEntry(entry, columns, endpoint),
    sorted,
  };
  out.write(listingHeading(id ? undefined : info, columns));
  await prepareForMany(listing.services.length);
  const wantsTunnels = columns === 'tun-info';
  const isInFile = columns === 'table' || wantsTunnels;
  const table = isInFile && listing.services.length > 1 ? readProcTable() : undefined;
  if (table) return copyEntries(listing, table, wantsTunnels, numeric, out);
  return printEntries(listing, numeric, out);
}

/** Prints the table as rules. */
export async function saveTable(ipvs: Ipvs, numeric: boolean, out: Output): Promise<void> {
  const services = await ipvs.mapServices(savedService);
  const listing: Listing = { ipvs, services, server: savedServer, render: savedEntry, sorted: true };
  await prepareForMany(listing.services.length);
  return printEntries(listing, numeric, out);
}

/** Services to be printed, with their servers. */
interface Listing {
  readonly ipvs: Ipvs;
  readonly services: readonly Line<ServiceId>[];
  readonly server: (server: Destination) => Line<DestinationId>;
  readonly render: (entry: EntryLines, endpoint: EndpointFormatter) => string;
  readonly sorted: boolean;
}

/** For so many services, servers are asked for together. */
const groupSize = 32;

/** The entries of a listing in order, as their servers are read. */
async function* readEntries({ ipvs, services, server, sorted }: Listing): AsyncGenerator<EntryLines[]> {
  const inOrder = sorted ? sortServices(services, ({ id }) => id) : services;
  for (let first = 0; first < inOrder.length; first += groupSize) {
    const group = inOrder.slice(first, first + groupSize);
    const found = await ipvs.mapDestinations(
      group.map(({ id }) => id),
      server,
    );
    yield group.map((service, index) => {
      const destinations = found[index] ?? [];
      return { service, destinations: sorted ? sortDestinations(destinations) : destinations };
    });
  }
}

/** Prints entries, in numbers each as soon as it is read. */
async function printEntries(listing: Listing, numeric: boolean, out: Output): Promise<void> {
  const all: EntryLines[] = [];
  for await (const entries of readEntries(listing)) {
    if (!numeric) all.push(...entries);
    else for (const entry of entries) out.write(listing.render(entry, formatEndpoint));
  }
  await printByName(all, listing, out);
}

/** Prints entries by the names of their addresses. */
async function printByName(entries: readonly EntryLines[], { render }: Listing, out: Output): Promise<void> {
  if (entries.length === 0) return;
  const endpoint = await namer(entries, false);
  for (const entry of entries) out.write(render(entry, endpoint));
}

/** Lines are handed on when there are so many bytes of them. */
const copyLength = 64 * 1024;

/**
 * Prints entries with the lines of `/proc/net/ip_vs`, which has all of them in one piece, where netlink must be asked service
 * by service: in numbers as copies of bytes. What the file misses is asked for; and so are tunnels, where they are wanted and
 * there are any.
 */
async function copyEntries(
  listing: Listing,
  table: ProcTable,
  wantsTunnels: boolean,
  numeric: boolean,
  out: Output,
): Promise<void> {
  const { services, render, sorted } = listing;
  const lines = new ServerLines({ sorted, tunnels: wantsTunnels });
  const all: EntryLines[] = [];
  for (const service of sorted ? sortServices(services, ({ id }) => id) : services) {
    if (numeric) {
      const block = table.linesOf(service.id);
      const head = render({ service, destinations: [] }, formatEndpoint);
      const isCopied = block !== undefined && lines.add(head, block);
      if (!isCopied || lines.length >= copyLength) out.write(lines.take());
      if (isCopied) continue;
    }
    const servers = table.serversOf(service.id);
    if (!servers || (wantsTunnels && servers.some(isTunnelLine))) {
      for await (const [entry] of readEntries({ ...listing, services: [service] }))
        if (entry) all.push(entry);
    } else {
      const destinations = servers.map((line) => listedLine(line, wantsTunnels));
      all.push({ service, destinations: sorted ? sortDestinations(destinations) : destinations });
    }
    if (numeric) for (const entry of all.splice(0)) out.write(render(entry, formatEndpoint));
  }
  out.write(lines.take());
  await printByName(all, listing, out);
}
