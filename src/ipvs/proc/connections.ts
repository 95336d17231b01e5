import { platform } from '#platform';
import { lineBlocks } from '../../platform/line-blocks.ts';
import type { Address } from '../address.ts';
import { parseHexAddress } from './hex-address.ts';

/**
 * One side of a connection.
 *
 * @example
 * const textOf = ({ address, port }: Endpoint) => `${address} port ${port}`;
 */
export interface Endpoint {
  readonly address: Address;
  /** Port in host order; 0 in persistence templates for all ports of a client. */
  readonly port: number;
}

/**
 * A connection, or a persistence template, in the kernel's table.
 *
 * @example
 * const isEstablished = ({ state }: Connection) => state === 'ESTABLISHED';
 */
export interface Connection {
  /** The kernel's name: `TCP`, `UDP`, `SCTP`, `IP` for templates of firewall-mark services, or a number such as `IP_50`. */
  readonly protocol: string;
  readonly client: Endpoint;
  /** The virtual service; in templates of firewall-mark services, the mark takes the place of the address. */
  readonly virtual: Endpoint;
  /** The real server; with tunnel forwarding, its family may differ from that of the service. */
  readonly destination: Endpoint;
  /** The kernel's name of the state, such as `ESTABLISHED`. */
  readonly state: string;
  /** Seconds until the entry expires. */
  readonly expires: number;
  readonly persistenceEngine?: string;
  /** Data by which the persistence engine recognises the client. Untrusted: it comes from the network. */
  readonly persistenceData?: string;
}

/** The kernel's connection table. */
export const connectionsFile = '/proc/net/ip_vs_conn';

/**
 * Yields the connections of this network namespace from `/proc/net/ip_vs_conn` (`net/netfilter/ipvs/ip_vs_conn.c`), in blocks,
 * so that any number of them takes little memory. Throws the errors of open(2) and read(2).
 *
 * @example
 * let count = 0;
 * for (const block of readConnections()) count += block.length;
 */
export function* readConnections(path?: string): Generator<readonly Connection[]> {
  for (const lines of readConnectionLines(path)) yield lines.map(parseConnection);
}

/** Yields the lines of the connection table without its heading, a block at a time. */
export function* readConnectionLines(path?: string): Generator<readonly string[]> {
  for (const block of readConnectionBytes(path)) yield block.toString('latin1').trimEnd().split('\n');
}

/**
 * Yields the lines as bytes: blocks of whole lines with their line feeds, each valid until the next one is requested.
 * @internal
 */
export function* readConnectionBytes(path = connectionsFile): Generator<Buffer> {
  const file = platform.openFile(path);
  try {
    let isHeading = true;
    for (const block of lineBlocks(file)) {
      const lines = isHeading ? block.subarray(block.indexOf('\n') + 1) : block;
      isHeading = false;
      if (lines.length > 0) yield lines;
    }
  } finally {
    file.close();
  }
}

/** Parses one line of the connection table. */
export function parseConnection(line: string): Connection {
  const [protocol = '', from = '', fromPort = '', to = '', toPort = '', dest = '', destPort = '', ...rest] =
    line.split(/ +/);
  const [state = '', expires = '', persistenceEngine, ...data] = rest;
  return {
    protocol,
    client: parseEndpoint(from, fromPort),
    virtual: parseEndpoint(to, toPort),
    destination: parseEndpoint(dest, destPort),
    state,
    expires: Number(expires),
    ...(persistenceEngine && { persistenceEngine, persistenceData: data.join(' ') }),
  };
}

/** Parses a hexadecimal address and port of the connection table. */
export function parseEndpoint(address: string, port: string): Endpoint {
  return { address: parseHexAddress(address), port: Number.parseInt(port, 16) };
}
