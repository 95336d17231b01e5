import { serviceKey } from '../ipvs/model.ts';
import type { DesiredTable } from '../rules/desired.ts';
import type { Step } from '../rules/step.ts';
import type { DrainTarget } from './drain.ts';

/** Returns the servers of `table` that a step removes: one server, or all servers of a service. */
export function serversRemovedBy({ command }: Step, table: DesiredTable): DrainTarget[] {
  if (command.name === 'delete-server') return [{ service: command.service, server: command.server }];
  if (command.name !== 'delete-service') return [];
  const { service } = command;
  return [...(table.get(serviceKey(service))?.servers.values() ?? [])].map(({ server }) => ({
    service,
    server,
  }));
}
