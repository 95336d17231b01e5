import type { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';
import { PortNames } from './etc-services.ts';
import { resolveAddresses } from './hosts.ts';

/** Names of hosts and ports, for printing; `undefined` where the number is printed instead. */
export interface Names {
  host(address: Address): string | undefined;
  port(port: number, protocol: Protocol): string | undefined;
}

/**
 * Returns the system's names of `addresses`, resolved in parallel, and of all ports. Aborting `signal` leaves out names that
 * are not resolved yet.
 */
export async function namesOf(addresses: Iterable<Address>, signal?: AbortSignal): Promise<Names> {
  const hosts = await resolveAddresses(addresses, signal);
  const ports = new PortNames();
  return {
    host: ({ text }) => hosts.get(text),
    port: (port, protocol) => ports.name(port, protocol),
  };
}
