import type { Address } from '../ipvs/address.ts';
import { PortNames } from './etc-services.ts';
import { resolveAddresses } from './hosts.ts';
import type { Names } from './names.ts';

/** Returns the system's names of `addresses`, resolved in parallel, and of all ports. */
export async function namesOf(addresses: Iterable<Address>): Promise<Names> {
  const hosts = await resolveAddresses(addresses);
  const ports = new PortNames();
  return {
    host: ({ text }) => hosts.get(text),
    port: (port, protocol) => ports.name(port, protocol),
  };
}
