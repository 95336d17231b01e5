import type { Address } from './address.ts';

/** Formats an address and a port: `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function formatEndpoint(address: Address, port: number): string {
  return address.family === 'inet' ? `${address.text}:${port}` : `[${address.text}]:${port}`;
}
