import type { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';

/**
 * Turns names in rules into numbers. A parser never waits: an implementation answers from what it knows and may
 * note what it was asked for, resolve that, and have the rules parsed again.
 *
 * @example
 * const names: NameLookup = {
 *   host: (name) => (name === 'www' ? Address.parse('192.0.2.1') : undefined),
 *   port: (name) => (name === 'http' ? 80 : undefined),
 * };
 * const { rules } = parseRules('-D -t www:http', names);
 */
export interface NameLookup {
  /** The IPv4 address of a host, or `undefined` when there is none (IPv6 hosts are written as addresses). */
  host(name: string): Address | undefined;
  /** The port of a service in `/etc/services`, or `undefined`. */
  port(name: string, protocol: Protocol): number | undefined;
}

/** Knows no name: rules must be numeric. */
export const numericOnly: NameLookup = { host: () => undefined, port: () => undefined };
