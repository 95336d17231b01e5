import { formatEndpoint } from '../ipvs/endpoint.ts';
import {
  type Destination,
  type DestinationId,
  type DestinationSettings,
  destinationKey,
  type ServiceId,
  type SyncDaemon,
} from '../ipvs/model.ts';
import { counted } from '../rules/counted.ts';
import { defaultGroup, defaultMaxLength, defaultPort, defaultTtl } from '../rules/daemons.ts';
import { formatCommand } from '../rules/format.ts';

/** Returns the name of a service: `TCP 192.0.2.1:80`, or `mark 7`. */
export function nameOfService(id: ServiceId): string {
  if (id.kind === 'fwmark') return `mark ${id.fwmark}${id.family === 'inet6' ? ' of IPv6' : ''}`;
  return `${id.protocol.toUpperCase()} ${formatEndpoint(id.address, id.port)}`;
}

/** Returns the name of a server: `192.0.2.9:80` or `[2001:db8::9]:80`. */
export function nameOfServer({ id }: Pick<Destination, 'id'>): string {
  return formatEndpoint(id.address, id.port);
}

/** Returns the command that changes some settings of a server. */
export function editServer(
  service: ServiceId,
  server: Destination,
  settings: Partial<DestinationSettings>,
): string {
  return commandLine({
    name: 'edit-server',
    service,
    server: server.id,
    settings: { ...server, ...settings },
  });
}

/** A server, and the address and port that it should have; undefined if these are unknown. */
interface MovedServer {
  readonly service: ServiceId;
  readonly server: Destination;
  readonly to: DestinationId | undefined;
}

/**
 * Returns, for each server, the commands that move it to another address or port. A server is only removed if these are
 * unknown, or if its service has a server there already, among `present` or moved before it: the kernel refuses a second one.
 */
export function moveServers(
  moved: readonly MovedServer[],
  present: readonly Omit<MovedServer, 'to'>[],
): string[][] {
  const taken = new Set(present.map(({ service, server }) => destinationKey(service, server.id)));
  return moved.map(({ service, server, to }) => {
    const removal = removeServer(service, server);
    const key = to && destinationKey(service, to);
    if (!key || taken.has(key)) return [removal];
    taken.add(key);
    return [removal, commandLine({ name: 'add-server', service, server: to, settings: server })];
  });
}

/** Returns the command that removes a server. */
export function removeServer(service: ServiceId, { id }: Destination): string {
  return commandLine({ name: 'delete-server', service, server: id });
}

/** Returns the command that starts a daemon with its present settings, except `change`; defaults are left out. */
export function startDaemon(daemon: SyncDaemon, change: Partial<SyncDaemon>): string {
  const { role, interface: name, syncId, group, port, ttl, maxLength } = { ...daemon, ...change };
  return commandLine({
    name: 'start-daemon',
    daemon: {
      ...{ role, interface: name, syncId },
      ...(group && !group.equals(defaultGroup) && { group }),
      ...(port !== defaultPort && { port }),
      ...(ttl !== defaultTtl && { ttl }),
      ...(maxLength !== defaultMaxLength(group?.family ?? 'inet') && { maxLength }),
    },
  });
}

/** Returns the command that changes a kernel setting. Where an interface has dots in its name, sysctl(8) needs slashes around it. */
export function setSetting(name: string, value: number | string): string {
  const path = name.replace(/^(net)\.(ipv4)\.(conf)\.(.*\..*)\.(\w+)$/, '$1/$2/$3/$4/$5');
  return `sysctl -w ${shellWord(`${path}=${value}`)}`;
}

/** Returns an ipvsadm command as typed in a shell. */
export function commandLine(command: Parameters<typeof formatCommand>[0]): string {
  return ['ipvsadm', ...formatCommand(command).map(shellWord)].join(' ');
}

/**
 * Returns a word as typed in a shell. Names of interfaces and schedulers can contain what a shell interprets, and come from
 * containers or from another director's rules.
 */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Returns the name of a single object, as in `server 192.0.2.9:80`, or the number of several, as in `2 servers`. */
export function nameOrCount(names: readonly string[], noun: string): string {
  return names.length === 1 ? `${noun} ${names[0]}` : counted(names.length, noun);
}

/** Returns the first `max` names and the number of the others: `a, b and 3 more`. */
export function listNames(names: readonly string[], max: number): string {
  const others = names.length - max;
  return `${names.slice(0, max).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}
