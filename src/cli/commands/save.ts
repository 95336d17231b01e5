import type { Ipvs } from '../../ipvs/client.ts';
import type { Command } from '../../rules/command.ts';
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
  const foreign = await saveTable(ipvs, command, out);
  if (foreign > 0) err.write(foreignMethodsSentence(foreign));
  if (command.all) await saveControl(ipvs, out);
}

/** Returns the warning that servers have forwarding methods for which rules have no option. */
function foreignMethodsSentence(servers: number): string {
  const [have, are] = servers === 1 ? ['1 server has', 'it is'] : [`${servers} servers have`, 'they are'];
  return `${have} the forwarding method Local or Bypass, which only other programs set: ${are} saved with -g.\n`;
}

/** Prints the timeouts and the daemons as rules. */
async function saveControl(ipvs: Ipvs, out: Output): Promise<void> {
  const daemons = (await ipvs.daemons()).map((daemon) => ({ name: 'start-daemon', daemon }) as const);
  out.write(formatRules([{ name: 'set', timeouts: await ipvs.timeouts() }, ...daemons]));
}
