import {
  type DestinationId,
  maxSyncId,
  type SyncDaemon,
  type SyncRole,
  serverKey,
  serviceKey,
} from '../ipvs/model.ts';
import type { Command } from '../rules/command.ts';
import {
  type DesiredServer,
  type DesiredService,
  type DesiredState,
  desiredState,
} from '../rules/desired.ts';
import type { PresentState } from '../rules/plan.ts';
import type { Step } from '../rules/step.ts';
import type { DrainTarget } from './drain.ts';
import { serversRemovedBy } from './removed-servers.ts';

/** The part of a plan that has been carried out, or may have been. */
export interface Progress {
  /** Steps that the kernel has accepted, in order. */
  readonly done: readonly Step[];
  /** Removals whose servers may have been drained, so that their weight is 0. */
  readonly drained: readonly Step[];
}

interface OpenService extends DesiredService {
  readonly servers: Map<string, DesiredServer>;
}

type OpenTable = Map<string, OpenService>;

/**
 * Returns the state in which everything that `progress` has changed is as in `original` again. Everything else stays as it is
 * `now`, as other programs may have changed it meanwhile; services and servers that they have removed stay removed. With
 * `keepWeights`, edited servers keep their present weights.
 */
export function formerState(
  now: PresentState,
  original: PresentState,
  { done, drained }: Progress,
  keepWeights: boolean,
): DesiredState {
  const table: OpenTable = new Map(
    [...now.table].map(([key, entry]) => [key, { ...entry, servers: new Map(entry.servers) }]),
  );
  for (const target of drained.flatMap((step) => serversRemovedBy(step, original.table)))
    giveWeightBack(table, original, target);
  for (const { command } of done) revert(table, original, command, keepWeights);
  return { ...settingsBefore(original, done), table };
}

function giveWeightBack(table: OpenTable, original: PresentState, { service, server }: DrainTarget): void {
  const key = serverKey(server);
  const weight = original.table.get(serviceKey(service))?.servers.get(key)?.settings.weight;
  const servers = table.get(serviceKey(service))?.servers;
  const known = servers?.get(key);
  if (!servers || !known || weight === undefined || known.settings.weight > 0) return;
  servers.set(key, { ...known, settings: { ...known.settings, weight } });
}

/** Reverts the effect of a command on the table. */
function revert(table: OpenTable, original: PresentState, command: Command, keepWeights: boolean): void {
  if (!('service' in command) || !command.service) return;
  const key = serviceKey(command.service);
  const former = original.table.get(key);
  const known = table.get(key);
  switch (command.name) {
    case 'add-service':
      table.delete(key);
      break;
    case 'edit-service':
      if (known && former) table.set(key, { ...known, settings: former.settings });
      break;
    case 'delete-service':
      if (former) table.set(key, { ...former, servers: new Map(former.servers) });
      break;
    case 'add-server':
      known?.servers.delete(serverKey(command.server));
      break;
    case 'edit-server':
      if (known) revertEdit(known, former, command.server, keepWeights);
      break;
    case 'delete-server': {
      const server = former?.servers.get(serverKey(command.server));
      if (server) known?.servers.set(serverKey(command.server), server);
    }
  }
}

function revertEdit(
  { servers }: OpenService,
  former: DesiredService | undefined,
  server: DestinationId,
  keepWeights: boolean,
): void {
  const known = servers.get(serverKey(server));
  const before = former?.servers.get(serverKey(server));
  if (!known || !before) return;
  const { weight } = keepWeights ? known.settings : before.settings;
  servers.set(serverKey(server), { ...before, settings: { ...before.settings, weight } });
}

/** Returns the former timeouts and daemons, where steps have changed them. */
function settingsBefore({ timeouts, daemons }: PresentState, done: readonly Step[]): DesiredState {
  const roles = new Set(done.flatMap(({ command }) => rolesOf(command)));
  const commands: Command[] = [...roles].map((role) => {
    const daemon = daemons.find((other) => other.role === role);
    return daemon ? { name: 'start-daemon', daemon: withSentId(daemon) } : { name: 'stop-daemon', role };
  });
  if (done.some(({ command }) => command.name === 'set')) commands.push({ name: 'set', timeouts });
  return desiredState(commands.map((command) => ({ place: 0, command })));
}

/** Returns a daemon with the sync ID that its messages carry: of a larger one, which another program has set, the last eight bits. */
function withSentId(daemon: SyncDaemon): SyncDaemon {
  return { ...daemon, syncId: daemon.syncId & maxSyncId };
}

/** Returns the role of the daemon that a command starts or stops; none for other commands. */
function rolesOf(command: Command): SyncRole[] {
  if (command.name === 'start-daemon') return [command.daemon.role];
  return command.name === 'stop-daemon' ? [command.role] : [];
}
