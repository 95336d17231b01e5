import { Address, type Family } from '../ipvs/address.ts';

/** Formats a netmask for `-M`: dotted for IPv4 (from a number in host order), a prefix length for IPv6. */
export function formatNetmask(netmask: number, family: Family): string {
  return family === 'inet6' ? String(netmask) : Address.fromWord(netmask).text;
}
