import { IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP } from './constants.ts';

/**
 * Transport protocols that IPVS balances.
 *
 * @example
 * const options: Record<TransportProtocol, string> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };
 */
export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

/**
 * The protocol of a virtual service. The kernel accepts services of any protocol, so another program may have added one that
 * IPVS does not balance: it is named by its number, as `ip_47` (`IP_47` in the kernel's files).
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

/** Returns whether a text names a protocol: one that IPVS balances, or `ip_` and a number up to 255. */
export function isProtocol(text: string): text is Protocol {
  return isTransportProtocol(text) || (/^ip_\d{1,3}$/.test(text) && Number(text.slice(3)) <= 0xff);
}

/** Returns the protocol that the kernel's files call `TCP`, `UDP` or `SCTP`; `undefined` for any other name. */
export function transportProtocol(kernelName: string): TransportProtocol | undefined {
  const name = kernelName.toLowerCase();
  return isTransportProtocol(name) ? name : undefined;
}

/** Returns the IP protocol number, as in a packet's header. */
export function protocolNumber(protocol: Protocol): number {
  return isTransportProtocol(protocol) ? numbers[protocol] : Number(protocol.slice(3));
}

/** Returns the protocol for an IP protocol number. */
export function protocolOf(number: number): Protocol {
  for (const name in numbers) if (isTransportProtocol(name) && numbers[name] === number) return name;
  return `ip_${number}`;
}
