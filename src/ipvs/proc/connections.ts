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
  /** Port in host order; 0 in templates that stand for all ports of a client. */
  readonly port: number;
}

/**
 * A connection, or a persistence template, in the kernel's table.
 *
 * @example
 * const isEstablished = ({ state }: Connection) => state === 'ESTABLISHED';
 */
export interface Connection {
  /** The kernel's name: `TCP`, `UDP`, `SCTP`, `IP` for templates of firewall marks, `IP_50` and the like. */
  readonly protocol: string;
  readonly client: Endpoint;
  /** The virtual service; in templates of firewall marks the mark stands for the address. */
  readonly virtual: Endpoint;
  /** The real server; its family may be another one when packets are tunnelled. */
  readonly destination: Endpoint;
  /** The kernel's name of the state, such as `ESTABLISHED`. */
  readonly state: string;
  /** Seconds until it is forgotten. */
  readonly expires: number;
  readonly persistenceEngine?: string;
  /** Data by which the persistence engine knows the client. It came from the network. */
  readonly persistenceData?: string;
}

/** The kernel's table of connections. */
export const connectionsFile = '/proc/net/ip_vs_conn';

/**
 * The connections of this network namespace as `/proc/net/ip_vs_conn` has them (`net/netfilter/ipvs/ip_vs_conn.c`),
 * read in blocks, so that any number of them takes little memory. Throws what open(2) and read(2) do.
 *
 * @example
 * let count = 0;
 * for (const block of readConnections()) count += block.length;
 */
export function* readConnections(path?: string): Generator<readonly Connection[]> {
  for (const lines of readConnectionLines(path)) yield lines.map(parseConnection);
}

/** The lines of that file, without its heading, a block at a time. */
export function* readConnectionLines(path?: string): Generator<readonly string[]> {
  for (const block of readConnectionBytes(path)) yield block.toString('latin1').trimEnd().split('\n');
}

/**
 * Reads the lines as bytes: blocks of whole lines, each with its line feed, valid until the next block is asked for.
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

/** The connection of one line. */
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

/** An address and a port in hexadecimal, as the file has them. */
export function parseEndpoint(address: string, port: string): Endpoint {
  return { address: parseHexAddress(address), port: Number.parseInt(port, 16) };
}
