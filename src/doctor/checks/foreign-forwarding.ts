import type { Finding, Found, Repair } from '../finding.ts';
import { editServer, nameOrCount } from '../repair-commands.ts';
import type { System } from '../system.ts';
import { affected, allServers, type Backend, isLocalAddress, namesOf } from '../table-queries.ts';

/**
 * Finds servers with a forwarding method that does not lead to them: `local` for another machine, and `bypass` anywhere. Only
 * programs other than ipvsadm can set these methods.
 */
export function foreignForwarding(system: System): Found {
  const servers = allServers(system);
  const kept = servers.filter(
    ({ server }) => server.forwarding === 'local' && !isLocalAddress(system, server.id.address),
  );
  const bypassed = servers.filter(({ server }) => server.forwarding === 'bypass');
  return [
    kept.length > 0 ? keptHere(kept) : undefined,
    bypassed.length > 0 ? sentPast(bypassed, system) : undefined,
  ];
}

const method = (name: string, backends: readonly Backend[]) =>
  `${namesOf(backends).length === 1 ? 'its' : 'their'} forwarding method is ${name}, which only programs other than ipvsadm set`;

function keptHere(backends: readonly Backend[]): Finding {
  const names = namesOf(backends);
  const one = names.length === 1;
  return {
    problem: `Connections to ${nameOrCount(names, 'server')} stay on the director.`,
    ...affected(backends),
    evidence: [
      method('Local', backends),
      `it delivers packets on this machine, but ${one ? 'the address is not one' : 'the addresses are not'} of this machine`,
      'so nothing is balanced: either a program here answers, or nothing does',
    ],
    repairs: backends.map(repair),
  };
}

function sentPast(backends: readonly Backend[], system: System): Finding {
  const isDropped = backends.every(
    ({ service }) => service.kind === 'address' && isLocalAddress(system, service.address),
  );
  return {
    problem: `No packets are sent to ${nameOrCount(namesOf(backends), 'server')}.`,
    ...affected(backends),
    evidence: [
      method('Bypass', backends),
      'it sends packets to their original destination, never to a server',
      ...(isDropped ? ['that destination is this machine, so they are dropped'] : []),
    ],
    repairs: backends.map(repair),
  };
}

/** Returns the repair that gives a server a forwarding method of ipvsadm: NAT if the port must be changed. */
function repair({ service, server }: Backend): Repair {
  const keepsPort = service.kind === 'fwmark' || service.port === server.id.port;
  return [editServer(service, server, { forwarding: keepsPort ? 'route' : 'masquerade' })];
}
