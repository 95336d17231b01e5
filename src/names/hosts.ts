import { platform } from '#platform';
import { Address } from '../ipvs/address.ts';
import { withoutInvisible } from '../platform/visible.ts';

/** Resolves host names to IPv4 addresses with the system's resolver, in parallel and each once; unknown names are left out. */
export async function resolveHosts(names: Iterable<string>): Promise<Map<string, Address>> {
  const found = new Map<string, Address>();
  for (const [name, text] of await platform.askResolver('address', new Set(names))) {
    const address = Address.parse(text);
    if (address) found.set(name, address);
  }
  return found;
}

/**
 * Resolves addresses to names, keyed by the address as text, in parallel and each once; addresses without a name are left
 * out. Aborting `signal` leaves out those that are not resolved yet.
 */
export async function resolveAddresses(
  addresses: Iterable<Address>,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const texts = new Set(Array.from(addresses, (address) => address.text));
  const found = new Map<string, string>();
  for (const [text, name] of await platform.askResolver('name', texts, signal)) {
    if (name !== text) found.set(text, withoutInvisible(name));
  }
  return found;
}
