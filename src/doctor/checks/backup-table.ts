import type { ServiceId } from '../../ipvs/model.ts';
import type { Finding } from '../finding.ts';
import { listNames, nameOfService } from '../repair-commands.ts';
import type { OpenConnections, System } from '../system.ts';
import { distinct, isBackup } from '../table-queries.ts';
import { connectionsWithoutServer, serverNames } from './removed-server.ts';

const ftpPort = 21;

/** Finds services and servers missing on a backup although its master has synchronised connections to them. */
export function incompleteBackups(system: System): Finding | undefined {
  if (!isBackup(system)) return undefined;
  const services = distinct(withoutService(system).map(serviceOf), nameOfService);
  const lost = connectionsWithoutServer(system);
  if (services.length + lost.length === 0) return undefined;
  const servers = serverNames(lost);
  return {
    problem: 'This backup lacks services or servers of its master.',
    services: distinct([...services, ...lost.map(({ service }) => service)], nameOfService),
    ...(servers.length > 0 && { subjects: { noun: 'server', names: servers } }),
    evidence: [
      'the master has announced open connections',
      ...(services.length > 0
        ? [`this director does not have their service ${listNames(services.map(nameOfService), 3)}`]
        : []),
      ...(servers.length > 0 ? [`the services here lack their server ${listNames(servers, 3)}`] : []),
      'after a takeover, new clients would be refused, or share fewer servers',
    ],
    repairs: [['ssh MASTER ipvsadm -Sn | ipvsadm-restore --keep-weights']],
  };
}

/** Returns open connections to services missing from the table, unless a firewall mark or FTP may explain them. */
function withoutService({ table, connections }: System): OpenConnections[] {
  const ids = table.map(({ service }) => service.id);
  if (ids.some(({ kind }) => kind === 'fwmark')) return [];
  return connections.open.filter(
    ({ protocol, virtual }) =>
      !ids.some(
        (id) =>
          id.kind === 'address' &&
          id.protocol === protocol &&
          id.address.equals(virtual.address) &&
          [0, ftpPort, virtual.port].includes(id.port),
      ),
  );
}

function serviceOf({ protocol, virtual }: OpenConnections): ServiceId {
  return { kind: 'address', protocol, ...virtual };
}
