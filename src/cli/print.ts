import type { Ipvs } from '../ipvs/client.ts';
import { readConnectionBytes, readConnections } from '../ipvs/connections.ts';
import type { DestinationSummary, Service, ServiceId } from '../ipvs/model.ts';
import { readEntries, readSummaries, type ServiceEntry } from '../ipvs/table.ts';
import type { Command, ListOptions } from '../rules/command.ts';
import { type EndpointFormatter, formatEndpoint, formatRules } from '../rules/format.ts';
import { commandsOf } from '../rules/table.ts';
import { ConnectionLines } from '../view/connection-lines.ts';
import { connectionsHeading, formatConnection } from '../view/connections.ts';
import { formatDaemon, formatTimeouts } from '../view/control.ts';
import { endpointFormatter } from '../view/endpoint.ts';
import { listingEntry, listingHeading, summaryEntry } from '../view/listing.ts';
import { sortDestinations, sortServices } from '../view/order.ts';
import { addressesOf, lookUp, namer } from './entries.ts';
import type { Kernel } from './kernel.ts';
import type { Output } from './output.ts';

/** Commands that print what the kernel says. */
export type PrintCommand = Extract<Command, { name: 'list' | 'save' }>;

/** Carries out a command that prints. Rejects with `NetlinkError` when the kernel refuses to answer. */
export async function print(command: PrintCommand, kernel: Kernel, out: Output): Promise<void> {
  if (command.name === 'save') return save(kernel.ipvs, command.numeric, out);
  const { service, options } = command;
  if (options.table || options.watch || options.prometheus || options.top) {
    const { printView } = await import('./views.ts');
    return printView(command, kernel, out);
  }
  if (options.json) {
    const { printJson } = await import('./json.ts');
    return printJson(command, kernel, out);
  }
  switch (options.content) {
    case 'timeout':
      return out.write(formatTimeouts(await kernel.ipvs.timeouts()));
    case 'daemon':
      for (const daemon of await kernel.ipvs.daemons()) out.write(formatDaemon(daemon));
      return;
    case 'connection':
      return listConnections(options, out);
    default:
      return list(kernel, service, { ...options, content: options.content }, out);
  }
}

type TableOptions = ListOptions & {
  readonly content: Exclude<ListOptions['content'], 'timeout' | 'daemon' | 'connection'>;
};

async function list(
  { ipvs, info }: Kernel,
  id: ServiceId | undefined,
  { content, exact, sorted, numeric }: TableOptions,
  out: Output,
): Promise<void> {
  const heading = listingHeading(id ? undefined : info, content);
  if (content === 'table' && !id) {
    return printEntries(readSummaries(ipvs), { sorted, numeric, heading, render: summaryEntry }, out);
  }
  const entries = id ? oneEntry(ipvs, id) : readEntries(ipvs);
  const render = (entry: ServiceEntry, endpoint: EndpointFormatter) =>
    listingEntry(entry, { columns: content, exact, endpoint });
  return printEntries(entries, { sorted, numeric, heading, render }, out);
}

async function* oneEntry(ipvs: Ipvs, id: ServiceId): AsyncGenerator<ServiceEntry> {
  yield { service: await ipvs.service(id), destinations: await ipvs.destinations(id) };
}

interface EntryPrinting<Server extends DestinationSummary> {
  readonly sorted: boolean;
  readonly numeric: boolean;
  readonly heading: string;
  readonly render: (entry: ServiceEntry<Server>, endpoint: EndpointFormatter) => string;
}

/**
 * Prints the entries of a table. Where no names are wanted, each is turned into its lines as soon as it is read, as
 * text is all that has to be kept for sorting.
 */
async function printEntries<Server extends DestinationSummary>(
  entries: AsyncIterable<ServiceEntry<Server>>,
  { sorted, numeric, heading, render }: EntryPrinting<Server>,
  out: Output,
): Promise<void> {
  const read: { service: Pick<Service, 'id'>; lines: string | ServiceEntry<Server> }[] = [];
  for await (const { service, destinations } of entries) {
    const entry = { service, destinations: sorted ? sortDestinations(destinations) : destinations };
    read.push({ service: { id: service.id }, lines: numeric ? render(entry, formatEndpoint) : entry });
  }
  const held = read.flatMap(({ lines }) => (typeof lines === 'string' ? [] : [lines]));
  const endpoint = await namer(held, numeric);
  out.write(heading);
  for (const { lines } of sorted ? sortServices(read) : read) {
    out.write(typeof lines === 'string' ? lines : render(lines, endpoint));
  }
}

/** Prints connections a block at a time, so that their number does not matter. */
async function listConnections({ numeric, persistenceData }: ListOptions, out: Output): Promise<void> {
  out.write(connectionsHeading(persistenceData));
  if (numeric && !persistenceData) {
    const lines = new ConnectionLines();
    for (const block of readConnectionBytes()) out.write(lines.format(block));
    return;
  }
  for (const connections of readConnections()) {
    const endpoint = numeric ? formatEndpoint : endpointFormatter(await lookUp(addressesOf(connections)));
    for (const connection of connections) out.write(formatConnection(connection, endpoint, persistenceData));
  }
}

function save(ipvs: Ipvs, numeric: boolean, out: Output): Promise<void> {
  const render = (entry: ServiceEntry, endpoint: EndpointFormatter) =>
    formatRules(commandsOf(entry), endpoint);
  return printEntries(readEntries(ipvs), { sorted: true, numeric, heading: '', render }, out);
}
