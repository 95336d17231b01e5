import { Address } from '../../ipvs/address.ts';
import type { Destination, ServiceId } from '../../ipvs/model.ts';
import type { Finding } from '../finding.ts';
import { allServers, isHere } from '../services.ts';
import type { Listener, System } from '../system.ts';
import { moveServer, nameOfServer, removeServer } from '../words.ts';

/** Addresses of this machine as servers, where nothing answers at them. */
export function deafLocalServers(system: System): Finding[] {
  return allServers(system).flatMap(({ service, server }) => {
    if (!isHere(system, server.id.address)) return [];
    const finding = loopbackBehindNat(service, server) ?? withoutProgram(service, server, system);
    return finding ? [finding] : [];
  });
}

/** A packet that came from outside is not let in to a loopback address that NAT has written into it. */
function loopbackBehindNat(service: ServiceId, server: Destination): Finding | undefined {
  if (server.forwarding !== 'masquerade' || !isLoopback(server.id.address)) return undefined;
  const mend =
    service.kind === 'address' ? moveServer(service, server, { ...server.id, address: service.address }) : [];
  return {
    problem: `NAT cannot reach a server at ${server.id.address}.`,
    services: [service],
    evidence: ['the kernel takes packets for loopback addresses only from this machine itself'],
    mend: mend.length > 0 ? mend : [removeServer(service, server)],
  };
}

function isLoopback(address: Address): boolean {
  return address.family === 'inet' ? address.bytes[0] === 127 : address.text === '::1';
}

function withoutProgram(service: ServiceId, server: Destination, { listeners }: System): Finding | undefined {
  // Behind a mark any port may be meant, and programs at SCTP are not looked for.
  if (service.kind === 'fwmark' || service.protocol === 'sctp') return undefined;
  const { address, port } = server.forwarding === 'masquerade' ? server.id : service;
  if (port === 0) return undefined;
  const listens = (listener: Listener) =>
    listener.protocol === service.protocol && listener.port === port && covers(listener.address, address);
  if (listeners.some(listens)) return undefined;
  return {
    problem: `No program of this machine answers for server ${nameOfServer(server)}.`,
    services: [service],
    evidence: [
      `${server.id.address} is an address of this machine, so the connections stay here`,
      `nothing listens at port ${port} of ${address}`,
    ],
    mend: [removeServer(service, server)],
  };
}

/** Whether a program that listens at one address hears what is sent to the other. */
function covers(listening: Address, address: Address): boolean {
  if (listening.equals(address) || listening.equals(Address.any('inet6'))) return true;
  return address.family === 'inet' && listening.equals(Address.any('inet'));
}
