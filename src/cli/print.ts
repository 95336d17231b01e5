import type { Address } from '../ipvs/address.ts';
import type { Ipvs } from '../ipvs/client.ts';
import { type Connection, readConnections } from '../ipvs/connections.ts';
import type { ServiceId } from '../ipvs/model.ts';
import { readSummary, readTable } from '../ipvs/table.ts';
import type { Command, ListOptions } from '../rules/command.ts';
import { formatCommand, formatEndpoint } from '../rules/format.ts';
import { commandsOf } from '../rules/table.ts';
import { connectionsHeading, formatConnection } from '../view/connections.ts';
import { formatDaemon, formatTimeouts } from '../view/control.ts';
import { endpointFormatter } from '../view/endpoint.ts';
import { listingEntry, listingHeading, summaryEntry } from '../view/listing.ts';
import { inOrder, lookUp, namer } from './entries.ts';
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
  if (content === 'table' && !id) {
    const table = await readSummary(ipvs);
    const endpoint = await namer(table, numeric);
    out.write(listingHeading(info, content));
    for (const entry of sorted ? inOrder(table) : table) out.write(summaryEntry(entry, endpoint));
    return;
  }
  const table = id
    ? [{ service: await ipvs.service(id), destinations: await ipvs.destinations(id) }]
    : await readTable(ipvs);
  const endpoint = await namer(table, numeric);
  out.write(listingHeading(id ? undefined : info, content));
  for (const entry of sorted ? inOrder(table) : table) {
    out.write(listingEntry(entry, { columns: content, exact, endpoint }));
  }
}

/** Prints connections a block at a time, so that their number does not matter. */
async function listConnections({ numeric, persistenceData }: ListOptions, out: Output): Promise<void> {
  out.write(connectionsHeading(persistenceData));
  for (const connections of readConnections()) {
    const endpoint = numeric ? formatEndpoint : endpointFormatter(await lookUp(addressesOf(connections)));
    for (const connection of connections) out.write(formatConnection(connection, endpoint, persistenceData));
  }
}

function addressesOf(connections: readonly Connection[]): Address[] {
  return connections.flatMap(({ client, virtual, destination }) => [
    client.address,
    virtual.address,
    destination.address,
  ]);
}

async function save(ipvs: Ipvs, numeric: boolean, out: Output): Promise<void> {
  const table = await readTable(ipvs);
  const endpoint = await namer(table, numeric);
  for (const command of inOrder(table).flatMap(commandsOf)) {
    out.write(`${formatCommand(command, endpoint).join(' ')}\n`);
  }
}
