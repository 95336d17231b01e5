import { Address } from '../../ipvs/address.ts';
import type { Finding, Found } from '../finding.ts';
import { listNames, moveServers, nameOrCount, removeServer } from '../repair-commands.ts';
import type { System } from '../system.ts';
import {
  addressesOf,
  affected,
  allServers,
  type Backend,
  isLocalAddress,
  namesOf,
} from '../table-queries.ts';

/** Finds servers on this machine at whose address no program listens. */
export function localServersWithoutListener(system: System): Found {
  const all = allServers(system);
  const local = all.filter(
    ({ server }) => server.forwarding !== 'bypass' && isLocalAddress(system, server.id.address),
  );
  const behindNat = local.filter(isLoopbackBehindNat);
  const withoutListener = local.filter(
    (backend) => !isLoopbackBehindNat(backend) && hasNoListener(backend, system),
  );
  return [
    behindNat.length > 0 ? loopbackFinding(behindNat, all) : undefined,
    withoutListener.length > 0 ? noListenerFinding(withoutListener) : undefined,
  ];
}

/** Reports whether NAT leads to a loopback address, for which the kernel accepts no packet from outside. */
function isLoopbackBehindNat({ server: { forwarding, id } }: Backend): boolean {
  return forwarding === 'masquerade' && isLoopback(id.address);
}

function isLoopback(address: Address): boolean {
  return address.family === 'inet' ? address.bytes[0] === 127 : address.text === '::1';
}

function loopbackFinding(backends: readonly Backend[], all: readonly Backend[]): Finding {
  const count = namesOf(backends).length;
  const addresses = addressesOf(backends).map(String);
  return {
    problem: `NAT cannot reach ${count === 1 ? 'a server' : `${count} servers`} at ${listNames(addresses, 3)}.`,
    ...affected(backends),
    evidence: ['the kernel accepts packets for loopback addresses only from this machine itself'],
    repairs: moveServers(
      backends.map(({ service, server }) => ({
        service,
        server,
        to: service.kind === 'address' ? { ...server.id, address: service.address } : undefined,
      })),
      all,
    ),
  };
}

/** Returns the address and port at which a program must listen; `undefined` if they are unknown. */
function expectedAt({ service, server }: Backend): { address: Address; port: number } | undefined {
  // A mark does not determine the port, and only listeners of TCP and UDP are read.
  if (service.kind === 'fwmark' || (service.protocol !== 'tcp' && service.protocol !== 'udp'))
    return undefined;
  const { address, port } = server.forwarding === 'masquerade' ? server.id : service;
  return port === 0 ? undefined : { address, port };
}

function hasNoListener(backend: Backend, { listeners }: System): boolean {
  const { service } = backend;
  const expected = expectedAt(backend);
  if (!expected || service.kind === 'fwmark') return false;
  return !listeners.some(
    (listener) =>
      listener.protocol === service.protocol &&
      listener.port === expected.port &&
      covers(listener.address, expected.address),
  );
}

/** Reports whether a program listening at `listening` receives packets to `address`. */
function covers(listening: Address, address: Address): boolean {
  if (listening.equals(address) || listening.equals(Address.any('inet6'))) return true;
  return address.family === 'inet' && listening.equals(Address.any('inet'));
}

function noListenerFinding(backends: readonly Backend[]): Finding {
  const names = namesOf(backends);
  const addresses = addressesOf(backends).map(String);
  const silent = new Set(
    backends.flatMap((backend) => {
      const expected = expectedAt(backend);
      return expected ? [`port ${expected.port} of ${expected.address}`] : [];
    }),
  );
  const stay =
    addresses.length === 1
      ? `${addresses[0]} is an address of this machine`
      : `${listNames(addresses, 3)} are addresses of this machine`;
  return {
    problem: `No program on this machine listens for ${nameOrCount(names, 'server')}.`,
    ...affected(backends),
    evidence: [`${stay}, so the connections stay here`, `nothing listens on ${listNames([...silent], 3)}`],
    repairs: backends.map(({ service, server }) => [removeServer(service, server)]),
  };
}
