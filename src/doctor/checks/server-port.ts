import type { Finding } from '../finding.ts';
import { allServers } from '../services.ts';
import type { System } from '../system.ts';
import { moveServer, nameOfServer } from '../words.ts';

/** Servers with a port of their own that only NAT could give them. Other tools than ours let them have one. */
export function portsWithoutEffect(system: System): Finding[] {
  return allServers(system).flatMap(({ service, server }): Finding[] => {
    const { forwarding } = server;
    if (service.kind === 'fwmark' || (forwarding !== 'route' && forwarding !== 'tunnel')) return [];
    if (service.port === 0 || server.id.port === service.port) return [];
    const way = forwarding === 'route' ? 'direct routing' : 'a tunnel';
    return [
      {
        problem: `The port of server ${nameOfServer(server)} has no effect.`,
        services: [service],
        evidence: [
          `${way} leaves packets as they are: they reach port ${service.port} of the server`,
          'only NAT (-m) gives them another one',
        ],
        mend: moveServer(service, server, { address: server.id.address, port: service.port }),
      },
    ];
  });
}
