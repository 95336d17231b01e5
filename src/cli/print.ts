import type { Ipvs } from '../ipvs/client.ts';
import { readConnectionBytes, readConnections } from '../ipvs/connections.ts';
import type { Destination, DestinationState, ServiceId, ServiceState } from '../ipvs/model.ts';
import { type DestinationLine, type ProcTable, readProcTable } from '../ipvs/proc-table.ts';
import type { Listed, ServiceEntry } from '../ipvs/table.ts';
import type { Command, ListOptions } from '../rules/command.ts';
import { type EndpointFormatter, formatEndpoint, formatRules } from '../rules/format.ts';
import { commandsOf } from '../rules/table.ts';
import { ConnectionLines } from '../view/connection-lines.ts';
import { connectionsHeading, formatConnection } from '../view/connections.ts';
import { formatDaemon, formatTimeouts } from '../view/control.ts';
import { endpointFormatter } from '../view/endpoint.ts';
import {
  type Columns,
  destinationLine,
  hasCounters,
  isTunnel,
  listingEntry,
  listingHeading,
  type Shown,
  withTunnel,
} from '../view/listing.ts';
import { sortDestinations, sortServices } from '../view/order.ts';
import { ServerLines, type ServerLinesOptions } from '../view/server-lines.ts';
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
  const renderer =
    <C extends Columns>(columns: C) =>
    (entry: Shown[C], endpoint: EndpointFormatter) =>
      listingEntry(entry, { columns, exact, endpoint });
  const how = { sorted, numeric, heading };
  if (hasCounters(content)) {
    const services = id ? [await ipvs.service(id)] : await ipvs.services();
    const read: ServerReader<Destination> = (service) => ipvs.destinations(service);
    return printEntries(services, { ...how, read, render: renderer(content) }, out);
  }
  const services = id ? [await ipvs.service(id)] : await ipvs.serviceStates();
  if (content === 'table' || content === 'tun-info') {
    const table = services.length > 1 ? readProcTable() : undefined;
    const tunnels = content === 'tun-info';
    const read = lineReader(ipvs, table, tunnels);
    const copy = lineCopier(table, { sorted, tunnels });
    return printEntries(services, { ...how, read, render: renderer(content), copy }, out);
  }
  const read: ServerReader<DestinationState> = (service) => ipvs.destinationStates(service);
  return printEntries(services, { ...how, read, render: renderer(content) }, out);
}

/** Reads the real servers of one service after the other. */
type ServerReader<Server> = (service: ServiceId) => Promise<readonly Server[]>;

/** Gives the lines of a service's servers as they are listed with numbers, where they can be had without being read. */
type ServerCopier = (service: ServiceId) => Uint8Array | undefined;

/**
 * Reads servers as lines. `/proc/net/ip_vs` has those of all services in one piece, where netlink must be asked service by
 * service. What the file misses is asked for; and so are tunnels, where they are wanted and there are any.
 */
function lineReader(
  ipvs: Ipvs,
  table: ProcTable | undefined,
  wantsTunnels: boolean,
): ServerReader<DestinationLine> {
  return async (service) => {
    const lines = table?.serversOf(service);
    if (lines && !wantsTunnels) return lines;
    if (lines && !lines.some(isTunnel)) return lines.map((line) => withTunnel(line));
    const servers = await ipvs.destinationStates(service);
    if (!wantsTunnels) return servers.map(destinationLine);
    return servers.map((server) => withTunnel(destinationLine(server), server.tunnel));
  };
}

/** Copies lines of servers out of the same file. */
function lineCopier(table: ProcTable | undefined, options: ServerLinesOptions): ServerCopier | undefined {
  if (!table) return undefined;
  const lines = new ServerLines(options);
  return (service) => {
    const block = table.linesOf(service);
    return block && lines.format(block);
  };
}

interface EntryPrinting<Server extends Listed, Known extends ServiceState> {
  readonly sorted: boolean;
  readonly numeric: boolean;
  readonly heading: string;
  readonly read: ServerReader<Server>;
  readonly render: (entry: ServiceEntry<Server, Known>, endpoint: EndpointFormatter) => string;
  readonly copy?: ServerCopier | undefined;
}

/** Prints services with their servers. Where no names are wanted, each is printed as soon as its servers are read. */
async function printEntries<Server extends Listed, Known extends ServiceState>(
  services: readonly Known[],
  { sorted, numeric, heading, read, render, copy }: EntryPrinting<Server, Known>,
  out: Output,
): Promise<void> {
  const entries: ServiceEntry<Server, Known>[] = [];
  out.write(heading);
  for (const service of sorted ? sortServices(services, ({ id }) => id) : services) {
    const lines = numeric ? copy?.(service.id) : undefined;
    if (lines) {
      out.write(render({ service, destinations: [] }, formatEndpoint));
      out.write(lines);
      continue;
    }
    const found = await read(service.id);
    const entry = { service, destinations: sorted ? sortDestinations(found) : found };
    if (numeric) out.write(render(entry, formatEndpoint));
    else entries.push(entry);
  }
  const endpoint = await namer(entries, numeric);
  for (const entry of entries) out.write(render(entry, endpoint));
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

async function save(ipvs: Ipvs, numeric: boolean, out: Output): Promise<void> {
  const read: ServerReader<DestinationState> = (service) => ipvs.destinationStates(service);
  const render = (entry: ServiceEntry<DestinationState, ServiceState>, endpoint: EndpointFormatter) =>
    formatRules(commandsOf(entry), endpoint);
  return printEntries(await ipvs.serviceStates(), { sorted: true, numeric, heading: '', read, render }, out);
}
