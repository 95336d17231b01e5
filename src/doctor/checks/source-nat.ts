import type { Address } from '../../ipvs/address.ts';
import type { Endpoint } from '../../ipvs/proc/connections.ts';
import type { Finding, Found } from '../finding.ts';
import { nameOrCount, setSetting } from '../repair-commands.ts';
import { type Reach, reachOf } from '../source-nat.ts';
import type { System } from '../system.ts';
import { addressesOf, affected, anyPort, type Backend, namesOf, serversBehindNat } from '../table-queries.ts';
import { blockingSetting } from './forwarding.ts';

const conntrack = 'net.ipv4.vs.conntrack';

/** Minimum number of unanswered connections that counts as evidence; fewer may just be waiting for their answer. */
const minUnanswered = 3;

/**
 * Finds NAT servers whose answers do not come back through the director, and source NAT rules that would bring them back if
 * they saw IPVS connections: full NAT needs NAT forwarding, such a rule, and `net.ipv4.vs.conntrack`.
 */
export function answersPastDirector(system: System): Found {
  const behindNat = serversBehindNat(system);
  const isOff = system.settings.get(conntrack) === '0';
  const blind = isOff ? behindNat.filter((backend) => isMasqueraded(backend, system)) : [];
  const silent = behindNat.filter(
    (backend) =>
      !blind.includes(backend) &&
      blockingSetting(backend, system) === undefined &&
      unansweredBy(backend, system) >= minUnanswered,
  );
  return [
    blind.length > 0 ? blindRules(blind) : undefined,
    silent.length > 0 ? silentServers(silent, system) : undefined,
  ];
}

/** Reports whether a rule is meant for packets to a server: it names the way there, or might apply and no answer comes back. */
function isMasqueraded(backend: Backend, system: System): boolean {
  const reach = reachOfRules(backend, system);
  return reach === 'named' || (reach === 'possible' && unansweredBy(backend, system) >= minUnanswered);
}

function reachOfRules({ server: { id } }: Backend, { sourceNat, routes }: System): Reach {
  const reaches = sourceNat.rules.map((rule) =>
    reachOf(rule, id.address, routes.get(id.address.text)?.interface),
  );
  return (['named', 'possible'] as const).find((reach) => reaches.includes(reach)) ?? 'none';
}

/** Returns the number of a server's connections if none of them has been answered; otherwise 0. */
function unansweredBy({ service, server: { id } }: Backend, { connections }: System): number {
  const own = connections.answers.filter(
    ({ virtual, destination }) =>
      isAt(destination, id) &&
      (service.kind === 'fwmark' || (service.protocol === 'tcp' && isAt(virtual, service))),
  );
  if (own.some(({ answered }) => answered > 0)) return 0;
  return own.reduce((sum, { unanswered }) => sum + unanswered, 0);
}

/** Returns whether the end of a connection is at an address and port. */
function isAt({ address, port }: Endpoint, place: Endpoint): boolean {
  return address.equals(place.address) && (place.port === anyPort || place.port === port);
}

function blindRules(backends: readonly Backend[]): Finding {
  return {
    problem: `IPVS packets to ${nameOrCount(namesOf(backends), 'server')} are not masqueraded.`,
    ...affected(backends),
    evidence: [
      'an nftables or iptables rule changes the source address of packets on this route',
      `${conntrack} is 0, so such rules do not see IPVS connections`,
      'servers see the client address, and their answers bypass the director unless it is their gateway',
    ],
    repairs: [[setSetting(conntrack, 1)]],
  };
}

function silentServers(backends: readonly Backend[], system: System): Finding {
  const names = namesOf(backends);
  const count = backends.reduce((sum, backend) => sum + unansweredBy(backend, system), 0);
  const isFullNat = system.settings.get(conntrack) === '1' && system.sourceNat.isComplete;
  const bare = isFullNat ? backends.filter((backend) => reachOfRules(backend, system) === 'none') : [];
  return {
    problem: `No answers from ${nameOrCount(names, 'server')} come back through the director.`,
    ...affected(backends),
    evidence: [
      `clients have started ${count} connections, but this director has not seen any answer`,
      ...(bare.length > 0
        ? [`${conntrack} is 1, but no rule masquerades packets to ${nameOrCount(namesOf(bare), 'server')}`]
        : []),
      'with NAT, the director must be the gateway of a server, or masquerade; or the server does not answer at all',
    ],
    repairs: addressesOf(backends).map((address) =>
      bare.some(({ server }) => server.id.address.equals(address))
        ? [masquerade(address)]
        : [`ssh ${address} ip route replace default via DIRECTOR`],
    ),
  };
}

function masquerade({ family, text }: Address): string {
  const protocol = family === 'inet' ? 'ip' : 'ip6';
  return `nft add rule ${protocol} TABLE CHAIN ${protocol} daddr ${text} masquerade`;
}
