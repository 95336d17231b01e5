import { Address } from './address.ts';

/** A network: all addresses that share the first `prefixLength` bits of `address`. */
export interface Network {
  readonly address: Address;
  readonly prefixLength: number;
}

/** Parses a network such as `10.0.0.0/24`, or a single address. Returns `undefined` for any other text. */
export function parseNetwork(text: string): Network | undefined {
  const [addressText = '', lengthText, ...more] = text.split('/');
  const address = Address.parse(addressText);
  if (!address || more.length > 0) return undefined;
  const longest = 8 * address.bytes.length;
  if (lengthText === undefined) return { address, prefixLength: longest };
  const prefixLength = /^[0-9]{1,10}$/.test(lengthText) ? Number(lengthText) : Number.NaN;
  return prefixLength <= longest ? { address, prefixLength } : undefined;
}

/** Formats a network in the syntax of {@link parseNetwork}. */
export function formatNetwork({ address, prefixLength }: Network): string {
  return prefixLength === 8 * address.bytes.length ? address.text : `${address.text}/${prefixLength}`;
}

/** Returns whether an address belongs to a network. */
export function isInNetwork(address: Address, network: Network): boolean {
  if (address.family !== network.address.family) return false;
  for (let index = 0; 32 * index < network.prefixLength; index++) {
    const bits = Math.min(network.prefixLength - 32 * index, 32);
    const differing = address.word(index) ^ network.address.word(index);
    if (differing >>> (32 - bits) !== 0) return false;
  }
  return true;
}
