import { type ServiceId, serverKey, serviceKey } from '../../ipvs/model.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';
import type { Finding } from '../finding.ts';
import { listNames, nameOfServer, setSetting } from '../repair-commands.ts';
import type { OpenConnections, System } from '../system.ts';
import { anyPort, isBackup, servicesOf } from '../table-queries.ts';

const setting = 'net.ipv4.vs.expire_nodest_conn';

/** Number of servers listed by name; the others are counted. */
const maxNamedServers = 3;

/** Finds open connections to removed servers, whose packets the kernel drops silently. */
export function clientsOfRemovedServers(system: System): Finding | undefined {
  // A backup gets its connections from another director, whose table may differ.
  if (system.settings.get(setting) !== '0' || isBackup(system)) return undefined;
  const orphaned = connectionsWithoutServer(system);
  if (orphaned.length === 0) return undefined;
  const count = orphaned.reduce((sum, { open }) => sum + open.count, 0);
  const names = listNames(serverNames(orphaned), maxNamedServers);
  const seconds = orphaned.reduce((most, { open }) => Math.max(most, open.seconds), 0);
  return {
    problem: 'Connections to removed servers hang.',
    services: servicesOf(orphaned),
    evidence: [
      `${count === 1 ? '1 open connection leads' : `${count} open connections lead`} to ${names}, which ` +
        'the service no longer has',
      `${setting} is 0, so their packets are silently dropped, for up to ${seconds} more seconds`,
      'with 1, the next packet ends such a connection, and the client can open a new one',
    ],
    repairs: [[setSetting(setting, 1)]],
  };
}

/** Connections to a server that is missing from their service. */
export interface OrphanedConnections {
  readonly service: ServiceId;
  readonly open: OpenConnections;
}

/** Returns the open connections to servers that are missing from their services. */
export function connectionsWithoutServer({ table, connections }: System): OrphanedConnections[] {
  const services = new Map(
    table.map((entry) => [
      serviceKey(entry.service.id),
      { id: entry.service.id, servers: keysOfServers([entry]) },
    ]),
  );
  // Connections do not contain their firewall mark, so they may belong to any server of a firewall-mark service.
  const behindMarks = keysOfServers(table.filter(({ service }) => service.id.kind === 'fwmark'));
  return connections.open.flatMap((open) => {
    const { protocol, virtual, destination } = open;
    const ofService = (port: number) =>
      services.get(serviceKey({ kind: 'address', protocol, ...virtual, port }));
    const service = ofService(virtual.port) ?? ofService(anyPort);
    if (!service) return [];
    const isServer = (port: number) => {
      const key = serverKey({ ...destination, port });
      return service.servers.has(key) || behindMarks.has(key);
    };
    return isServer(destination.port) || isServer(anyPort) ? [] : [{ service: service.id, open }];
  });
}

function keysOfServers(entries: readonly ServiceEntry[]): Set<string> {
  return new Set(entries.flatMap(({ destinations }) => destinations.map(({ id }) => serverKey(id))));
}

/** Returns the names of the servers that connections lead to, without duplicates. */
export function serverNames(orphaned: readonly OrphanedConnections[]): string[] {
  return [...new Set(orphaned.map(({ open }) => nameOfServer({ id: open.destination })))];
}
