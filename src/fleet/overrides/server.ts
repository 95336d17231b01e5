import { Address } from '../../ipvs/address.ts';
import { formatEndpoint } from '../../ipvs/endpoint.ts';
import type { DestinationId } from '../../ipvs/model.ts';
import type { Stored } from '../documents/entries.ts';
import type { Override } from '../documents/operator.ts';
import { FleetError } from '../fleet-error.ts';

/** A pattern that matches the real servers at an address in any service: with one port, or with any. */
export interface ServerPattern {
  readonly address: Address;
  readonly port: number | undefined;
}

/**
 * Parses a server: `10.0.0.1`, `10.0.0.1:80`, `2001:db8::1` or `[2001:db8::1]:80`.
 *
 * @throws {FleetError}
 */
export function parseServer(text: string): ServerPattern {
  const whole = Address.parse(text);
  if (whole) return { address: whole, port: undefined };
  const [, bracketed, plain, portText = ''] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const address = Address.parse(bracketed ?? plain ?? '');
  const port = Number(portText);
  if (!address || port > 65535 || (address.family === 'inet6') !== (bracketed !== undefined)) {
    throw new FleetError(
      `${JSON.stringify(text)} is not a server: expected an address such as 10.0.0.1, with or without :port`,
    );
  }
  return { address, port };
}

/** Formats a server in a unique form that {@link parseServer} reads. */
export function formatServer({ address, port }: ServerPattern): string {
  if (port === undefined) return address.text;
  return formatEndpoint(address, port);
}

/** Whether a pattern matches a server of a service. */
export function matchesServer({ address, port }: ServerPattern, server: DestinationId): boolean {
  return address.text === server.address.text && (port === undefined || port === server.port);
}

/** Whether two patterns can match the same server. */
export function overlaps(one: ServerPattern, other: ServerPattern): boolean {
  const isSamePort = one.port === undefined || other.port === undefined || one.port === other.port;
  return isSamePort && one.address.text === other.address.text;
}

/** The operators' order for a server. */
export interface ServerOrder {
  readonly server: string;
  /** Modification revision of the override. */
  readonly modRevision: bigint;
  /** Whether the server is in service again. */
  readonly isEnded: boolean;
}

/**
 * Returns the orders in overrides, the earliest first. The store knows which that is; the clocks of those who wrote them may be
 * wrong.
 */
export function serverOrders(overrides: ReadonlyMap<string, Stored<Override>>): ServerOrder[] {
  return [...overrides]
    .filter(([server]) => isServer(server))
    .map(([server, { content, modRevision }]) => ({
      server,
      modRevision,
      isEnded: content.ended === true,
    }))
    .sort((a, b) => Number(a.modRevision - b.modRevision) || a.server.localeCompare(b.server));
}

function isServer(word: string): boolean {
  try {
    parseServer(word);
    return true;
  } catch {
    return false;
  }
}
