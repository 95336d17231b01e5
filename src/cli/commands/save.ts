import type { Ipvs } from '../../ipvs/client.ts';
import type { Command } from '../../rules/command.ts';
import { counted } from '../../rules/counted.ts';
import { formatRules } from '../../rules/format.ts';
import { saveTable } from '../list/table.ts';
import type { Output } from '../stdio/output.ts';
import type { Streams } from '../stdio/streams.ts';

/** Carries out `ipvsadm --save`. Rejects with `NetlinkError` when the kernel refuses to answer. */
export async function save(
  command: Extract<Command, { name: 'save' }>,
  ipvs: Ipvs,
  { out, err }: Pick<Streams, 'out' | 'err'>,
): Promise<void> {
  const { foreignServers, drainingServices } = await saveTable(ipvs, command, out);
  if (foreignServers > 0) err.write(foreignMethodsSentence(foreignServers));
  if (drainingServices > 0) err.write(drainingSentence(drainingServices));
  if (command.all) await saveControl(ipvs, out);
}

/** Returns the warning that servers have forwarding methods for which rules have no option. */
function foreignMethodsSentence(servers: number): string {
  const [have, are] = servers === 1 ? ['1 server has', 'it is'] : [`${servers} servers have`, 'they are'];
  return `${have} the forwarding method Local or Bypass, which only other programs set: ${are} saved with -g.\n`;
}

/** Returns the warning that the table is saved while servers drain, whose weights are 0 for that reason only. */
function drainingSentence(services: number): string {
  const have = services === 1 ? 'has' : 'have';
  return `${counted(services, 'service')} ${have} servers that are draining: they are saved with weight 0.\n`;
}

/** Prints the timeouts and the daemons as rules. */
async function saveControl(ipvs: Ipvs, out: Output): Promise<void> {
  const daemons = (await ipvs.daemons()).map((daemon) => ({ name: 'start-daemon', daemon }) as const);
  out.write(formatRules([{ name: 'set', timeouts: await ipvs.timeouts() }, ...daemons]));
}
