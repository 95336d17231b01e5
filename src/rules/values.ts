import { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';
import type { Limit } from './guards.ts';
import { limits, shortestInterval } from './limits.ts';
import type { NameLookup } from './names.ts';

/** Parses a decimal number from `min` to `max`, with leading blanks and a sign as strtol(3) accepts them. */
export function parseNumber(text: string, min: number, max: number): number | undefined {
  if (!isDecimal(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/**
 * Whether a text is such a number. Scanned by hand: few commands need a regular expression otherwise, and the executable's
 * runtime would compile it in each process, which takes 60 µs.
 */
function isDecimal(text: string): boolean {
  let at = 0;
  while (' \t\n\v\f\r'.includes(text[at] ?? '.')) at++;
  if (text[at] === '+' || text[at] === '-') at++;
  const start = at;
  while ('0123456789'.includes(text[at] ?? '.')) at++;
  return at > start && at === text.length;
}

/** Parses a timeout in seconds; the minimum differs between persistence (1) and connections (0: leave unchanged). */
export function parseTimeout(text: string, min: 0 | 1): number | undefined {
  return parseNumber(text, min, limits.timeout);
}

/** Parses a number of objects, or a percentage of those present, 0 to 100, with `%`. */
export function parseLimit(text: string): Limit | undefined {
  const isPercent = text.endsWith('%');
  const number = /^[0-9]+%?$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (!(number >= 0 && number <= (isPercent ? 100 : limits.count))) return undefined;
  return isPercent ? { percent: number } : { count: number };
}

/** Formats a limit in the syntax of {@link parseLimit}. */
export function formatLimit(limit: Limit): string {
  return 'count' in limit ? String(limit.count) : `${limit.percent}%`;
}

/** Parses the seconds between two refreshes of a watch, possibly with a fraction. */
export function parseInterval(text: string): number | undefined {
  const seconds = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : 0;
  return seconds >= shortestInterval && seconds <= limits.interval ? seconds : undefined;
}

/** A host with or without a port, as accepted by `-t` and `-r`. */
export interface Endpoint {
  readonly address: Address;
  /** `undefined` if the text has no port. */
  readonly port: number | undefined;
}

/**
 * Parses `host`, `host:port`, `address6` or `[address6]:port`. A host is a name or an IPv4 address in any form accepted by
 * inet_aton(3); a port is a number or, if `protocol` is given, the name of one of its services.
 */
export function parseEndpoint(
  text: string,
  protocol: Protocol | undefined,
  names: NameLookup,
): Endpoint | undefined {
  const bracketed = text.startsWith('[') ? /^\[([^\]]*)\]:(.*)$/s.exec(text) : null;
  const inside = bracketed?.[1] ?? text;

  const colon = inside.lastIndexOf(':');
  const address6 = inside.indexOf(':') < colon ? Address.parse(inside) : undefined;
  if (address6) {
    if (!bracketed) return { address: address6, port: undefined };
    const port = parsePort(bracketed[2] ?? '', protocol, names);
    return port === undefined ? undefined : { address: address6, port };
  }

  if (colon < 0) {
    // Reject a number alone: it would be a port without a host.
    if (!bracketed && isDecimal(inside)) return undefined;
    const address = parseHost(inside, names);
    return address && { address, port: undefined };
  }
  const address = parseHost(inside.slice(0, colon), names);
  const port = address && parsePort(inside.slice(colon + 1), protocol, names);
  return address && port !== undefined ? { address, port } : undefined;
}

function parsePort(text: string, protocol: Protocol | undefined, names: NameLookup): number | undefined {
  return (
    parseNumber(text, 0, limits.port) ??
    (isDecimal(text) || text === '' || !protocol ? undefined : names.port(text, protocol))
  );
}

/** Parses an IPv4 address, or resolves the name of a host that has one. */
function parseHost(text: string, names: NameLookup): Address | undefined {
  return parseInetLoosely(text) ?? (text === '' ? undefined : names.host(text));
}

/**
 * Parses an IPv4 address as inet_aton(3) does: one to four parts, decimal, octal (0…) or hexadecimal (0x…), of which the last
 * fills the remaining bytes; anything after a blank is ignored.
 */
function parseInetLoosely(text: string): Address | undefined {
  const strict = Address.parse(text);
  if (strict?.family === 'inet') return strict;
  const parts = (/^[^ \t\n\v\f\r]*/.exec(text)?.[0] ?? '').split('.');
  if (parts.length > 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    if (!/^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.test(part)) return undefined;
    const value = Number(/^0[0-7]/.test(part) ? `0o${part.slice(1)}` : part);
    const last = index === parts.length - 1;
    const width = last ? 4 - index : 1;
    if (value >= 256 ** width) return undefined;
    // Uint8Array elements discard the higher bits and the fraction.
    for (let i = 0; i < width; i++) bytes[index + i] = value / 256 ** (width - 1 - i);
  }
  return Address.from(bytes);
}

/** Parses a persistence mask of an IPv4 service, an address or, as in ipvsadm 1.31, a host; returns a number in host order. */
export function parseInetMask(text: string, names: NameLookup): number | undefined {
  const address = parseHost(text, names);
  return address && new DataView(address.bytes.buffer, address.bytes.byteOffset).getUint32(0);
}

/** Parses a prefix length of an IPv6 service, 1 to 128, as atoi(3) does: text after the digits is ignored. */
export function parsePrefixLength(text: string): number | undefined {
  return parseNumber(/^[ \t\n\v\f\r]*[+-]?[0-9]*/.exec(text)?.[0] ?? '', 1, limits.prefixLength);
}

/** Parses the address of a multicast group. */
export function parseMulticastGroup(text: string): Address | undefined {
  const address = Address.parse(text);
  const first = address?.bytes[0] ?? 0;
  const isMulticast = address?.family === 'inet' ? first >= 224 && first <= 239 : first === 0xff;
  return isMulticast ? address : undefined;
}

/** Truncates `text` to what a C string of `size` bytes holds with its terminating NUL; between characters. */
export function clip(text: string, size: number): string {
  if (Buffer.byteLength(text) < size) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, size - 1), { stream: true });
}
