import type { ServiceId } from '../ipvs/model.ts';
import { formatNetwork, isInNetwork, type Network, parseNetwork } from '../ipvs/network.ts';
import { isTransportProtocol, type TransportProtocol } from '../ipvs/protocol.ts';
import { limits } from './limits.ts';

/** An inclusive range of numbers. */
interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A pattern of virtual services; absent properties match anything.
 *
 * @example
 * const dns: ServicePattern = { kind: 'address', protocol: 'udp', ports: { first: 53, last: 53 } };
 */
export type ServicePattern =
  | {
      readonly kind: 'address';
      readonly protocol?: TransportProtocol;
      readonly network?: Network;
      readonly ports?: NumberRange;
    }
  | { readonly kind: 'fwmark'; readonly marks?: NumberRange };

/**
 * A predicate that selects the virtual services that are ours.
 *
 * @example
 * const owns: Owns = ({ kind }) => kind === 'fwmark';
 * const todo = plan(current, desired, { owns });
 */
export type Owns = (service: ServiceId) => boolean;

/**
 * Patterns that select the virtual services that are ours.
 *
 * @example
 * const patterns: OwnershipPatterns = { except: [{ kind: 'fwmark' }] };
 * const owns = ownership(patterns);
 */
export interface OwnershipPatterns {
  /** Services that match none of these are not ours; absent or empty: no restriction. */
  readonly only?: readonly ServicePattern[];
  /** Services that match one of these are not ours. */
  readonly except?: readonly ServicePattern[];
}

/**
 * Builds the predicate for services that are ours; returns `undefined` without patterns, when all services are.
 *
 * @example
 * const pattern = parseServicePattern('10.96.0.0/12');
 * const todo = plan(current, desired, { owns: ownership({ except: pattern ? [pattern] : [] }) });
 */
export function ownership({ only = [], except = [] }: OwnershipPatterns): Owns | undefined {
  if (only.length === 0 && except.length === 0) return undefined;
  return (service) =>
    (only.length === 0 || only.some((pattern) => matches(pattern, service))) &&
    !except.some((pattern) => matches(pattern, service));
}

/** Phrase that describes the forms of a service pattern. */
export const patternForms = 'an address or network, with or without :port, or tcp, udp:53 or fwmark:100-199';

/**
 * Parses a pattern of services: `10.96.0.0/12`, `2001:db8::/32`, `192.0.2.1:80`, `[2001:db8::1]:80`, `tcp`, `udp:53`,
 * `tcp:192.0.2.0/24:8000-8999`, `fwmark` or `fwmark:100-199`. Addresses, ports and marks must be numeric; a mark covers both
 * families. Returns `undefined` if the text is not a pattern.
 *
 * @example
 * const pattern = parseServicePattern('tcp:192.0.2.0/24:8000-8999');
 * const owns = ownership({ only: pattern ? [pattern] : [] });
 */
export function parseServicePattern(text: string): ServicePattern | undefined {
  const [, word = '', rest] = /^([a-z]+)(?::(.*))?$/.exec(text) ?? [];
  if (word === 'fwmark') {
    if (rest === undefined) return { kind: 'fwmark' };
    const marks = parseRange(rest, 1, limits.fwmark);
    return marks && { kind: 'fwmark', marks };
  }
  if (!isTransportProtocol(word)) return parsePlace(text);
  if (rest === undefined) return { kind: 'address', protocol: word };
  const ports = parseRange(rest, 0, limits.port);
  const place = ports ? ({ kind: 'address', ports } as const) : parsePlace(rest);
  return place && { ...place, protocol: word };
}

type AddressPattern = Extract<ServicePattern, { kind: 'address' }>;

/** Parses a network, optionally followed by ports; an IPv6 network with ports is in brackets. */
function parsePlace(text: string): AddressPattern | undefined {
  const inet6 = /^\[([^\]]*:[^\]]*)\]:(.+)$/.exec(text);
  const inet = /^([^:]*):([^:]+)$/.exec(text);
  const [, networkText = text, portsText] = inet6 ?? inet ?? [];
  const network = parseNetwork(networkText);
  if (!network) return undefined;
  if (portsText === undefined) return { kind: 'address', network };
  const ports = parseRange(portsText, 0, limits.port);
  return ports && { kind: 'address', network, ports };
}

function parseRange(text: string, min: number, max: number): NumberRange | undefined {
  const [firstText = '', lastText = firstText, ...more] = text.split('-');
  const first = parseDecimal(firstText, min, max);
  const last = parseDecimal(lastText, min, max);
  const isRange = first !== undefined && last !== undefined && first <= last && more.length === 0;
  return isRange ? { first, last } : undefined;
}

function parseDecimal(text: string, min: number, max: number): number | undefined {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/**
 * Formats a pattern in the syntax of {@link parseServicePattern}.
 *
 * @example
 * console.log(formatServicePattern({ kind: 'address', protocol: 'udp', ports: { first: 53, last: 53 } })); // udp:53
 */
export function formatServicePattern(pattern: ServicePattern): string {
  if (pattern.kind === 'fwmark') return ['fwmark', ...formatRange(pattern.marks)].join(':');
  const { protocol, network, ports } = pattern;
  const place = network && formatNetwork(network);
  const isBracketed = network?.address.family === 'inet6' && ports;
  return [
    ...(protocol ? [protocol] : []),
    ...(place === undefined ? [] : [isBracketed ? `[${place}]` : place]),
    ...formatRange(ports),
  ].join(':');
}

function formatRange(range: NumberRange | undefined): string[] {
  if (!range) return [];
  return [range.first === range.last ? String(range.first) : `${range.first}-${range.last}`];
}

function matches(pattern: ServicePattern, service: ServiceId): boolean {
  if (pattern.kind === 'fwmark') return service.kind === 'fwmark' && isIn(service.fwmark, pattern.marks);
  if (service.kind === 'fwmark') return false;
  const { protocol, network, ports } = pattern;
  return (
    (protocol === undefined || protocol === service.protocol) &&
    (network === undefined || isInNetwork(service.address, network)) &&
    isIn(service.port, ports)
  );
}

function isIn(number: number, range: NumberRange | undefined): boolean {
  return range === undefined || (number >= range.first && number <= range.last);
}
