import { IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP } from './constants.ts';

/**
 * Transport protocols that IPVS balances.
 *
 * @example
 * const options: Record<TransportProtocol, string> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };
 */
export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

/**
 * The protocol of a virtual service. The kernel takes services of any, which another program may have made; those it does not
 * balance are called as its files call them: `ip_47`.
 *
 * @example
 * const services = await ipvs.services();
 * const protocols = new Set<Protocol>(services.flatMap(({ id }) => (id.kind === 'address' ? [id.protocol] : [])));
 */
export type Protocol = TransportProtocol | `ip_${number}`;

const numbers: Readonly<Record<TransportProtocol, number>> = {
  tcp: IPPROTO_TCP,
  udp: IPPROTO_UDP,
  sctp: IPPROTO_SCTP,
};

/** Returns whether IPVS balances a protocol. */
export function isTransportProtocol(protocol: string): protocol is TransportProtocol {
  return Object.hasOwn(numbers, protocol);
}

/** Returns whether a text is the name of a protocol: of one that IPVS balances, or `ip_` and a number of 8 bits. */
export function isProtocol(text: string): text is Protocol {
  return isTransportProtocol(text) || (/^ip_\d{1,3}$/.test(text) && Number(text.slice(3)) <= 0xff);
}

/** Returns the protocol that the kernel's files call `TCP`, `UDP` or `SCTP`; `undefined` for any other name. */
export function transportProtocol(kernelName: string): TransportProtocol | undefined {
  const name = kernelName.toLowerCase();
  return isTransportProtocol(name) ? name : undefined;
}

/** Returns the number of a protocol in the header of a packet. */
export function protocolNumber(protocol: Protocol): number {
  return isTransportProtocol(protocol) ? numbers[protocol] : Number(protocol.slice(3));
}

/** Returns the protocol of a number. */
export function protocolOf(number: number): Protocol {
  for (const name in numbers) if (isTransportProtocol(name) && numbers[name] === number) return name;
  return `ip_${number}`;
}
