import type { DestinationArray } from '../../ipvs/bulk/destination-array.ts';
import { readServices, ServerReader } from '../../ipvs/bulk/read.ts';
import { type ServiceArray, ServiceField } from '../../ipvs/bulk/service-array.ts';
import type { Ipvs } from '../../ipvs/client.ts';
import type { Destination, ServiceId } from '../../ipvs/model.ts';
import { groupSize, readTable, type ServiceEntry } from '../../ipvs/table.ts';
import type { Command } from '../../rules/command.ts';
import { isForDraining, temporaryFlag } from '../../rules/fallback-settings.ts';
import { type EndpointFormatter, formatRules } from '../../rules/format.ts';
import { isForeignMethod } from '../../rules/option-table/server.ts';
import { type Owns, ownership } from '../../rules/ownership.ts';
import { commandsOf } from '../../rules/table.ts';
import { type LineForm, listingLines, ruleLines } from '../../view/bulk/line-form.ts';
import { orderServices } from '../../view/bulk/order.ts';
import { TableLines } from '../../view/bulk/table-lines.ts';
import { hasCounters } from '../../view/listing/columns.ts';
import { formatEntry, type ListingForm, listingHeading } from '../../view/listing/listing.ts';
import type { Output } from '../stdio/output.ts';
import { endpointFormatterFor, inOrder } from './names.ts';
import { readOne } from './read-table.ts';

/** Options of {@link listTable}. */
interface ListingOptions extends ListingForm {
  readonly sorted: boolean;
  readonly numeric: boolean;
}

/** Lists the table, or only the service `id`. Rejects with `NetlinkError` when there is no such service. */
export async function listTable(
  ipvs: Ipvs,
  id: ServiceId | undefined,
  options: ListingOptions,
  out: Output,
): Promise<void> {
  const { columns, sorted } = options;
  const heading = listingHeading(id ? undefined : await ipvs.info(), columns);
  if (options.numeric) {
    const services = await readServices(ipvs, { id, counters: hasCounters(columns) });
    out.write(heading);
    const order = sorted
      ? orderServices(services)
      : Array.from({ length: services.entries.count }, (_, index) => index);
    return printNumbers(ipvs, services, { form: listingLines(options), order, sorted }, out);
  }
  const entries = id ? await readOne(ipvs, id) : await readTable(ipvs);
  out.write(heading);
  await printNames(sorted ? inOrder(entries) : entries, out, (entry, endpoint) =>
    formatEntry(entry, options, endpoint),
  );
}

/** The parts of a table that rules cannot fully describe. */
export interface Unsaved {
  /** Number of servers with a forwarding method that only other programs set. */
  readonly foreignServers: number;
  /** Number of services with temporary settings, as servers of theirs drain. */
  readonly drainingServices: number;
}

/** Prints the table, or only the services selected by `--only` and `--except`, as rules. */
export async function saveTable(
  ipvs: Ipvs,
  { numeric, ...patterns }: Extract<Command, { name: 'save' }>,
  out: Output,
): Promise<Unsaved> {
  const owns = ownership(patterns);
  if (numeric) {
    const services = await readServices(ipvs, { counters: false });
    const order = orderServices(services).filter((index) => isOurs(services, index, owns));
    const drainingServices = await countDraining(ipvs, services, order);
    let foreignServers = 0;
    await printNumbers(ipvs, services, { form: ruleLines(), order, sorted: true }, out, (servers) => {
      for (let server = 0; server < servers.entries.count; server++) {
        if (isForeignMethod(servers.forwarding(server))) foreignServers++;
      }
    });
    return { foreignServers, drainingServices };
  }
  const table = await readTable(ipvs);
  const entries = inOrder(owns ? table.filter(({ service }) => owns(service.id)) : table);
  await printNames(entries, out, (entry, endpoint) => formatRules(commandsOf(entry), endpoint));
  const servers = entries.flatMap(({ destinations }) => destinations);
  return {
    foreignServers: servers.filter(({ forwarding }) => isForeignMethod(forwarding)).length,
    drainingServices: entries.filter(
      ({ service, destinations }) => isForDraining(service) && destinations.some(isWeightless),
    ).length,
  };
}

/** Counts the services that have settings for draining, and a server of weight 0; hardly any service has such settings. */
async function countDraining(ipvs: Ipvs, services: ServiceArray, order: readonly number[]): Promise<number> {
  const { numbers, width } = services.entries;
  const ids = order.flatMap((index) => {
    const base = index * width;
    const mayDrain = ((numbers[base + ServiceField.flags] ?? 0) & temporaryFlag) !== 0;
    return mayDrain && isForDraining(services.settings(base)) ? [services.id(base)] : [];
  });
  if (ids.length === 0) return 0;
  return (await ipvs.destinationsOf(ids)).filter((servers) => servers.some(isWeightless)).length;
}

function isWeightless({ weight }: Pick<Destination, 'weight'>): boolean {
  return weight === 0;
}

function isOurs(services: ServiceArray, index: number, owns: Owns | undefined): boolean {
  return !owns || owns(services.id(index * services.entries.width));
}

/** Format and order of services printed in numbers. */
interface NumericListing {
  readonly form: LineForm;
  /** Indices of the services, in the order in which they are printed. */
  readonly order: readonly number[];
  /** Whether the servers of each service are sorted, too. */
  readonly sorted: boolean;
}

/**
 * Prints services with their servers in numbers, as the servers are read in groups; `onServers` is called with the servers
 * of each group.
 */
async function printNumbers(
  ipvs: Ipvs,
  services: ServiceArray,
  { form, order, sorted }: NumericListing,
  out: Output,
  onServers?: (servers: DestinationArray) => void,
): Promise<void> {
  const reader = new ServerReader(ipvs, services);
  const { servers } = reader;
  const lines = new TableLines(form, services, servers, (bytes) => out.write(bytes));
  for (let first = 0; first < order.length; first += groupSize) {
    const group = order.slice(first, first + groupSize);
    const ranges = await reader.read(group);
    onServers?.(servers);
    lines.write(group, ranges, sorted);
  }
  lines.finish();
}

/** Prints services with their servers by name. */
async function printNames(
  entries: readonly ServiceEntry[],
  out: Output,
  format: (entry: ServiceEntry, endpoint: EndpointFormatter) => string,
): Promise<void> {
  if (entries.length === 0) return;
  const endpoint = await endpointFormatterFor(entries, false);
  for (const entry of entries) out.write(format(entry, endpoint));
}
