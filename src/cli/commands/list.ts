import type { Ipvs } from '../../ipvs/client.ts';
import type { Command } from '../../rules/command.ts';
import { defaults } from '../../rules/defaults.ts';
import { formatDaemon, formatTimeouts } from '../../view/control.ts';
import { lazy } from '../lazy.ts';
import { listConnections } from '../list/connections.ts';
import { listTable } from '../list/table.ts';
import type { Output } from '../stdio/output.ts';

type ListCommand = Extract<Command, { name: 'list' }>;

/** Carries out `ipvsadm --list`. Rejects with `NetlinkError` when the kernel refuses to answer. */
export async function list(command: ListCommand, ipvs: Ipvs, out: Output): Promise<void> {
  const { service, options } = command;
  if (options.prometheus) {
    const { printMetrics } = await lazy.metrics();
    return printMetrics(ipvs, options, out);
  }
  if (options.json) {
    const { printJson } = await lazy.json();
    return printJson(command, ipvs, out);
  }
  switch (options.content) {
    case 'timeout':
      return out.write(formatTimeouts(await ipvs.timeouts()));
    case 'daemon':
      for (const daemon of await ipvs.daemons()) out.write(formatDaemon(daemon));
      return;
    case 'connection': {
      // Checks the permission: unlike everything else, the file of connections is readable without it.
      await ipvs.info();
      if (!options.top && !options.table) return listConnections(options, out);
      const { printTop } = await lazy.top();
      return printTop(options.top ?? defaults.top, options, out);
    }
    default: {
      const subject = { service, columns: options.content, options };
      if (options.watch !== undefined) {
        const { startWatch } = await lazy.watch();
        return startWatch(ipvs, { ...subject, interval: options.watch }, out);
      }
      if (options.table) {
        const { printFramedTable } = await lazy.framedTable();
        return printFramedTable(ipvs, subject, out);
      }
      return listTable(ipvs, service, { ...options, columns: options.content }, out);
    }
  }
}
