import { Address } from '../ipvs/address.ts';
import { textIfThere } from './text-if-there.ts';

/**
 * Returns the IPv4 addresses in `/etc/hosts` (hosts(5)) by name. The first of several entries wins, and only the case of
 * ASCII letters is ignored, as with gethostbyname(3). Without the file no host has an address.
 */
export function readHostsFile(path = '/etc/hosts'): (name: string) => Address | undefined {
  const addresses = new Map<string, Address>();
  for (const line of textIfThere(path).split('\n')) {
    const [text = '', ...names] = (line.split('#')[0] ?? '').split(/[ \t\r\f\v]+/).filter(Boolean);
    const address = Address.parse(text);
    if (address?.family !== 'inet') continue;
    for (const name of names.map(lowerCase)) {
      // Names in another encoding than UTF-8 could not be told apart.
      if (!name.includes('\ufffd') && !addresses.has(name)) addresses.set(name, address);
    }
  }
  return (name) => addresses.get(lowerCase(name));
}

function lowerCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
