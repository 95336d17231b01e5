import type { Ipvs } from '../ipvs/client.ts';
import { readConnectionBytes, readConnections } from '../ipvs/proc/connections.ts';
import type { Command, ListOptions } from '../rules/command.ts';
import { formatEndpoint, formatRules } from '../rules/format.ts';
import { ConnectionLines } from '../view/bulk/connection-lines.ts';
import { connectionsHeading, formatConnection } from '../view/connections.ts';
import { formatDaemon, formatTimeouts } from '../view/control.ts';
import { endpointFormatter } from '../view/endpoint.ts';
import { addressesOf, lookUp } from './entries.ts';
import type { Kernel } from './kernel.ts';
import type { Output } from './output.ts';
import type { Streams } from './streams.ts';
import { listTable, saveTable } from './table.ts';

/** Commands that print what the kernel says. */
type PrintCommand = Extract<Command, { name: 'list' | 'save' }>;

/** Carries out a command that prints. Rejects with `NetlinkError` when the kernel refuses to answer. */
export async function print(command: PrintCommand, kernel: Kernel, { out, err }: Streams): Promise<void> {
  if (command.name === 'save') {
    const foreign = await saveTable(kernel.ipvs, command, out);
    if (foreign > 0) err.write(foreignMethodsSentence(foreign));
    if (command.all) await saveControl(kernel.ipvs, out);
    return;
  }
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
      return listTable(kernel, service, { ...options, columns: options.content }, out);
  }
}

/** Says that servers have forwarding methods that rules have no option for. */
function foreignMethodsSentence(servers: number): string {
  const [have, are] = servers === 1 ? ['1 server has', 'it is'] : [`${servers} servers have`, 'they are'];
  return `${have} the forwarding method Local or Bypass, which only other programs set: ${are} saved with -g.\n`;
}

/** Prints the timeouts and the daemons as rules. */
async function saveControl(ipvs: Ipvs, out: Output): Promise<void> {
  const daemons = (await ipvs.daemons()).map((daemon) => ({ name: 'start-daemon', daemon }) as const);
  out.write(formatRules([{ name: 'set', timeouts: await ipvs.timeouts() }, ...daemons]));
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
