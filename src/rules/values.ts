import { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';
import type { Limit } from './guards.ts';
import { limits, shortestInterval } from './limits.ts';
import type { NameLookup } from './names.ts';

/** A decimal number from `least` to `most`, with leading blanks and a sign as strtol(3) takes them. */
export function parseNumber(text: string, least: number, most: number): number | undefined {
  if (!isDecimal(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/**
 * Whether a text is such a number. Found by hand, since few commands need a regular expression otherwise, and the executable's
 * runtime, which compiles it in each process, takes 60 µs for it.
 */
function isDecimal(text: string): boolean {
  let at = 0;
  while (' \t\n\v\f\r'.includes(text[at] ?? '.')) at++;
  if (text[at] === '+' || text[at] === '-') at++;
  const start = at;
  while ('0123456789'.includes(text[at] ?? '.')) at++;
  return at > start && at === text.length;
}

/** A timeout in seconds; the least one differs between persistence (1) and connections (0: leave as it is). */
export function parseTimeout(text: string, least: 0 | 1): number | undefined {
  return parseNumber(text, least, limits.timeout);
}

/** A number of things, or with `%` a share of those there are, 0 to 100. */
export function parseLimit(text: string): Limit | undefined {
  const isPercent = text.endsWith('%');
  const number = /^[0-9]+%?$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (!(number >= 0 && number <= (isPercent ? 100 : limits.count))) return undefined;
  return isPercent ? { percent: number } : { count: number };
}

/** Writes a limit as {@link parseLimit} reads it. */
export function formatLimit(limit: Limit): string {
  return 'count' in limit ? String(limit.count) : `${limit.percent}%`;
}

/** Seconds between two looks, perhaps with a fraction. */
export function parseInterval(text: string): number | undefined {
  const seconds = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : 0;
  return seconds >= shortestInterval && seconds <= limits.interval ? seconds : undefined;
}

/** A host with or without a port, as `-t` and `-r` take it. */
export interface Endpoint {
  readonly address: Address;
  /** `undefined` when the text names none. */
  readonly port: number | undefined;
}

/**
 * `host`, `host:port`, `address6`, or `[address6]:port`. A host is an IPv4 address in any of the forms of
 * inet_aton(3) or a name; a port is a number or, where there is a `protocol`, one of its services.
 */
export function parseEndpoint(
  text: string,
  protocol: Protocol | undefined,
  names: NameLookup,
): Endpoint | undefined {
  const bracketed = text.startsWith('[') ? /^\[([^\]]*)\]:(.*)$/s.exec(text) : null;
  const inside = bracketed?.[1] ?? text;

  const colon = inside.indexOf(':');
  const address6 = inside.includes(':', colon + 1) ? Address.parse(inside) : undefined;
  if (address6) {
    if (!bracketed) return { address: address6, port: undefined };
    const port = parsePort(bracketed[2] ?? '', protocol, names);
    return port === undefined ? undefined : { address: address6, port };
  }

  if (colon < 0) {
    // A number alone would be a port without a host.
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

/** An IPv4 address in numbers, or the name of a host that has one. */
function parseHost(text: string, names: NameLookup): Address | undefined {
  return (
    parseInetLoosely(text) ?? (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(text) ? names.host(text) : undefined)
  );
}

/**
 * An IPv4 address as inet_aton(3) reads it: one to four parts, decimal, octal (0…) or hexadecimal (0x…), the last of
 * them filling the bytes that are left, and anything after a blank ignored.
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
    // What an element does not hold is cut off, above and below.
    for (let i = 0; i < width; i++) bytes[index + i] = value / 256 ** (width - 1 - i);
  }
  return Address.from(bytes);
}

/** A persistence mask of an IPv4 service: an address or, as the reference has it, a host; as a number in host order. */
export function parseInetMask(text: string, names: NameLookup): number | undefined {
  const address = parseHost(text, names);
  return address && new DataView(address.bytes.buffer, address.bytes.byteOffset).getUint32(0);
}

/** A prefix length of an IPv6 service, 1 to 128, read as atoi(3) does: what follows the digits is ignored. */
export function parsePrefixLength(text: string): number | undefined {
  return parseNumber(/^[ \t\n\v\f\r]*[+-]?[0-9]*/.exec(text)?.[0] ?? '', 1, limits.prefixLength);
}

/** The address of a multicast group. */
export function parseMulticastGroup(text: string): Address | undefined {
  const address = Address.parse(text);
  const first = address?.bytes[0] ?? 0;
  const isMulticast = address?.family === 'inet' ? first >= 224 && first <= 239 : first === 0xff;
  return isMulticast ? address : undefined;
}

/** `text` as the kernel keeps names of `size` bytes: cut, between characters, to leave room for the terminating zero. */
export function clip(text: string, size: number): string {
  if (Buffer.byteLength(text) < size) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, size - 1), { stream: true });
}
