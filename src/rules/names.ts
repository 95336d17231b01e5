import type { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';

/**
 * Resolves names in rules to numbers. Parsing is synchronous: an implementation answers from what it already knows, and may
 * record unknown names, resolve them, and have the rules parsed again.
 *
 * @example
 * const names: NameLookup = {
 *   host: (name) => (name === 'www' ? Address.parse('192.0.2.1') : undefined),
 *   port: (name) => (name === 'http' ? 80 : undefined),
 * };
 * const { rules } = parseRules('-D -t www:http', names);
 */
export interface NameLookup {
  /** Returns the IPv4 address of a host, or `undefined` if it has none (IPv6 hosts are written as addresses). */
  host(name: string): Address | undefined;
  /** Returns the port of a service in `/etc/services`, or `undefined`. */
  port(name: string, protocol: Protocol): number | undefined;
}

/** Resolves no names: rules must be numeric. */
export const numericOnly: NameLookup = { host: () => undefined, port: () => undefined };
