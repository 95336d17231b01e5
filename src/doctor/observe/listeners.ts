import { Address } from '../../ipvs/address.ts';
import type { Listener } from '../system.ts';

/** States, in hexadecimal, of sockets that wait for clients: `TCP_LISTEN`, and for UDP `TCP_CLOSE` (unconnected). */
const waiting = { tcp: '0A', udp: '07' } as const;

/** Returns the sockets in `/proc/net/tcp`, `tcp6`, `udp` or `udp6` that wait for clients. */
export function parseListeners(text: string, protocol: Listener['protocol']): Listener[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return state === waiting[protocol] && addressForm.test(address)
        ? [{ protocol, address: parseAddress(address), port: Number.parseInt(port, 16) }]
        : [];
    });
}

/** An IPv4 address in eight digits, or an IPv6 address in 32. */
const addressForm = /^(?:[\dA-F]{8}|[\dA-F]{32})$/;

/** Decodes an address in these files: 32-bit words in hexadecimal, each in the machine's byte order. */
function parseAddress(text: string): Address {
  const bytes = Buffer.from(text, 'hex');
  const words = bytes.length / 4;
  for (let word = 0; word < words; word++) bytes.subarray(4 * word, 4 * word + 4).reverse();
  return Address.from(bytes);
}
