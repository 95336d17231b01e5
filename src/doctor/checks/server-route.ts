import type { Finding, Found } from '../finding.ts';
import { editServer, nameOrCount } from '../repair-commands.ts';
import type { Route, System } from '../system.ts';
import {
  addressesOf,
  affected,
  allServers,
  type Backend,
  groupBy,
  namesOf,
  sendsToServer,
} from '../table-queries.ts';

/** Finds servers without a route, or with direct routing but behind a gateway. */
export function unreachableServers(system: System): Found {
  const servers = allServers(system).filter(({ server: { forwarding } }) => sendsToServer(forwarding));
  const routeOf = ({ server }: Backend) => system.routes.get(server.id.address.text);
  const lost = servers.filter((backend) => routeOf(backend)?.to === 'nowhere');
  const distant = servers.flatMap((backend) => {
    const route = routeOf(backend);
    const isDistant = backend.server.forwarding === 'route' && route?.to === 'out' && route.gateway;
    return isDistant ? [{ backend, way: wayOf(route) }] : [];
  });
  return [
    lost.length > 0 ? withoutRoute(lost) : undefined,
    groupBy(distant, ({ way }) => way).map((group) =>
      behindGateway(
        group.map(({ backend }) => backend),
        group[0]?.way ?? '',
      ),
    ),
  ];
}

function wayOf(route: Route): string {
  return `${route.gateway}${route.interface ? ` on ${route.interface}` : ''}`;
}

function withoutRoute(backends: readonly Backend[]): Finding {
  const names = namesOf(backends);
  return {
    problem: `The director cannot reach ${nameOrCount(names, 'server')}.`,
    ...affected(backends),
    evidence: [`the kernel has no route to ${names.length === 1 ? 'it' : 'them'}`],
    repairs: addressesOf(backends).map((address) => [`ip route add ${address} via GATEWAY`]),
  };
}

function behindGateway(backends: readonly Backend[], way: string): Finding {
  const names = namesOf(backends);
  const one = names.length === 1;
  return {
    problem: one
      ? `Server ${names[0]} is not on a network of the director.`
      : `${nameOrCount(names, 'server')} are not on a network of the director.`,
    ...affected(backends),
    evidence: [
      `the route to ${one ? 'it' : 'them'} leads through ${way}`,
      'direct routing keeps the virtual address as destination, so the gateway cannot tell which server a packet is for',
      'a tunnel reaches servers anywhere, but its other end must be set up on the server',
    ],
    repairs: backends.map(({ service, server }) => [editServer(service, server, { forwarding: 'tunnel' })]),
  };
}
