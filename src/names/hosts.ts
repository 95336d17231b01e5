import { platform } from '#platform';
import { Address } from '../ipvs/address.ts';

/** The IPv4 addresses of `names` by the system's resolver, side by side and each asked for once; unknown ones are left out. */
export async function resolveHosts(names: Iterable<string>): Promise<Map<string, Address>> {
  const found = new Map<string, Address>();
  for (const [name, text] of await platform.askResolver('address', new Set(names))) {
    const address = Address.parse(text);
    if (address) found.set(name, address);
  }
  return found;
}

/** The names of `addresses` by their text, asked for in the same way; those without a name are left out. */
export async function resolveAddresses(addresses: Iterable<Address>): Promise<Map<string, string>> {
  const texts = new Set(Array.from(addresses, (address) => address.text));
  const found = new Map<string, string>();
  for (const [text, name] of await platform.askResolver('name', texts)) {
    if (name !== text) found.set(text, printable(name));
  }
  return found;
}

/** A name from the network is data: what could steer a terminal is taken out. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, '');
}
