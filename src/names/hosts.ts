import { platform } from '#platform';
import { Address } from '../ipvs/address.ts';
import { withoutInvisible } from '../platform/visible.ts';
import { readHostsFile } from './etc-hosts.ts';

/** A name that every resolver and DNS take as it is. */
const commonName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * Resolves host names to IPv4 addresses, in parallel and each once; unknown names are left out. The system's resolver is
 * asked; about names with other characters than those of host names, which the runtimes refuse or convert to names for DNS,
 * only `/etc/hosts`.
 */
export async function resolveHosts(names: Iterable<string>): Promise<Map<string, Address>> {
  const found = new Map<string, Address>();
  const common = new Set<string>();
  let hosts: ReturnType<typeof readHostsFile> | undefined;
  for (const name of names) {
    if (commonName.test(name)) {
      common.add(name);
      continue;
    }
    hosts ??= readHostsFile();
    const address = hosts(name);
    if (address) found.set(name, address);
  }
  for (const [name, text] of await platform.askResolver('address', common)) {
    const address = Address.parse(text);
    if (address) found.set(name, address);
  }
  return found;
}

/**
 * Resolves addresses to names, keyed by the address as text, in parallel and each once; addresses without a name, or with
 * one that is not UTF-8, are left out. Aborting `signal` leaves out those that are not resolved yet.
 */
export async function resolveAddresses(
  addresses: Iterable<Address>,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const texts = new Set(Array.from(addresses, (address) => address.text));
  const found = new Map<string, string>();
  for (const [text, name] of await platform.askResolver('name', texts, signal)) {
    if (name !== text && !name.includes('\ufffd')) found.set(text, withoutInvisible(name));
  }
  return found;
}
