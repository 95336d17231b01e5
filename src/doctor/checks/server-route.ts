import type { Finding } from '../finding.ts';
import { allServers } from '../services.ts';
import type { System } from '../system.ts';
import { editServer, nameOfServer } from '../words.ts';

/** Servers that packets do not reach the way that their forwarding needs. */
export function unreachableServers(system: System): Finding[] {
  return allServers(system).flatMap(({ service, server }): Finding[] => {
    const { address } = server.id;
    const route = system.routes.get(address.text);
    if (route?.to === 'nowhere') {
      return [
        {
          problem: `There is no way to server ${nameOfServer(server)}.`,
          services: [service],
          evidence: ['the kernel has no route to it'],
          mend: [`ip route add ${address} via GATEWAY`],
        },
      ];
    }
    if (server.forwarding !== 'route' || route?.to !== 'out' || !route.gateway) return [];
    return [
      {
        problem: `Server ${nameOfServer(server)} is not on a network of the director.`,
        services: [service],
        evidence: [
          `the way to it leads through ${route.gateway}${route.interface ? ` on ${route.interface}` : ''}`,
          'direct routing leaves the virtual address on packets, so that gateway cannot know where they shall go',
          'a tunnel reaches servers anywhere; the server needs one end of it',
        ],
        mend: [editServer(service, server, { forwarding: 'tunnel' })],
      },
    ];
  });
}
