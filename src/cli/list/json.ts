import type { Ipvs } from '../../ipvs/client.ts';
import type { ServiceId } from '../../ipvs/model.ts';
import { readConnections } from '../../ipvs/proc/connections.ts';
import { documentText, lineText } from '../../json/text.ts';
import { connectionObject } from '../../json/write-connection.ts';
import { daemonsDocument, timeoutsDocument } from '../../json/write-control.ts';
import { tableDocument } from '../../json/write-table.ts';
import { namesOf } from '../../names/address-names.ts';
import type { Command, ListOptions } from '../../rules/command.ts';
import type { Output } from '../stdio/output.ts';
import { addressesOf, inOrder, namesIn } from './names.ts';
import { readOne, readWithProgress } from './read-table.ts';

/** Carries out `--list --json`. */
export async function printJson(
  { service, options }: Extract<Command, { name: 'list' }>,
  ipvs: Ipvs,
  out: Output,
): Promise<void> {
  switch (options.content) {
    case 'timeout':
      return out.write(documentText(timeoutsDocument(await ipvs.timeouts())));
    case 'daemon':
      return out.write(documentText(daemonsDocument(await ipvs.daemons())));
    case 'connection':
      return printConnections(options, out);
    default:
      return printTable(service, options, ipvs, out);
  }
}

async function printTable(
  id: ServiceId | undefined,
  { content, sorted, numeric, rates, all }: ListOptions,
  ipvs: Ipvs,
  out: Output,
): Promise<void> {
  const table = id ? await readOne(ipvs, id) : await readWithProgress(ipvs);
  const document = tableDocument(sorted ? inOrder(table) : table, await ipvs.info(), {
    stats: content === 'stats',
    rates: content === 'rate' || rates === true,
    names: await namesIn(table, numeric),
  });
  const control = all && {
    ...timeoutsDocument(await ipvs.timeouts()),
    ...daemonsDocument(await ipvs.daemons()),
  };
  out.write(documentText({ ...document, ...control }));
}

/** Prints a line for each connection, block by block, so that memory use does not depend on their number. */
async function printConnections({ numeric }: ListOptions, out: Output): Promise<void> {
  for (const connections of readConnections()) {
    const names = numeric ? undefined : await namesOf(addressesOf(connections));
    for (const connection of connections) out.write(lineText(connectionObject(connection, names)));
  }
}
