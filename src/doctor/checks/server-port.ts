import type { ServiceId } from '../../ipvs/model.ts';
import type { Finding } from '../finding.ts';
import { moveServers, nameOrCount } from '../repair-commands.ts';
import type { System } from '../system.ts';
import { affected, allServers, anyPort, type Backend, groupBy, namesOf } from '../table-queries.ts';

/** Finds servers without NAT whose port differs from that of their service. Only programs other than ipvsadm allow this. */
export function portsWithoutEffect(system: System): Finding[] {
  const all = allServers(system);
  const misled = all.filter(
    ({ service, server }) =>
      (server.forwarding === 'route' || server.forwarding === 'tunnel') &&
      portOf(service) !== anyPort &&
      server.id.port !== portOf(service),
  );
  return groupBy(misled, ({ server }) => server.forwarding).map((backends) => finding(backends, all));
}

/** Returns the port of a service; a firewall-mark service accepts all ports. */
function portOf(service: ServiceId): number {
  return service.kind === 'fwmark' ? anyPort : service.port;
}

function finding(backends: readonly Backend[], all: readonly Backend[]): Finding {
  const names = namesOf(backends);
  const ports = [...new Set(backends.map(({ service }) => portOf(service)))];
  const way = backends[0]?.server.forwarding === 'route' ? 'direct routing' : 'a tunnel';
  const reached = ports.length === 1 ? `port ${ports[0]} of the server` : 'the port of the service';
  return {
    problem:
      names.length === 1
        ? `The port of server ${names[0]} has no effect.`
        : `The ports of ${nameOrCount(names, 'server')} have no effect.`,
    ...affected(backends),
    evidence: [
      `${way} does not change the port of packets: they arrive at ${reached}`,
      'only NAT (-m) can change it',
    ],
    repairs: moveServers(
      backends.map(({ service, server }) => ({
        service,
        server,
        to: { address: server.id.address, port: portOf(service) },
      })),
      all,
    ),
  };
}
