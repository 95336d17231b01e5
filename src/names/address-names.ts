import type { Address } from '../ipvs/address.ts';
import { PortNames } from './etc-services.ts';
import { resolveAddresses } from './hosts.ts';
import type { Names } from './names.ts';

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
