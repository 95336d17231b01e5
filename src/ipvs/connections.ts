import { closeSync, openSync, readSync } from 'node:fs';
import type { Address } from './address.ts';
import { parseHexAddress } from './hex-address.ts';

/** One side of a connection. */
export interface Endpoint {
  readonly address: Address;
  /** Port in host order; 0 in templates that stand for all ports of a client. */
  readonly port: number;
}

/** A connection, or a persistence template, in the kernel's table. */
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
  /** What the persistence engine knows the client by. It came from the network. */
  readonly persistenceData?: string;
}

const connectionsFile = '/proc/net/ip_vs_conn';
const blockSize = 256 * 1024;

/**
 * The connections of this network namespace as `/proc/net/ip_vs_conn` has them (`net/netfilter/ipvs/ip_vs_conn.c`),
 * read in blocks, so that any number of them takes little memory. Throws what open(2) and read(2) do.
 */
export function* readConnections(path = connectionsFile): Generator<readonly Connection[]> {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.allocUnsafe(blockSize);
    let unfinished = '';
    let isHeading = true;
    for (let length = readSync(file, block); length > 0; length = readSync(file, block)) {
      const lines = (unfinished + block.toString('latin1', 0, length)).split('\n');
      unfinished = lines.pop() ?? '';
      if (isHeading && lines.length > 0) {
        lines.shift();
        isHeading = false;
      }
      yield lines.map(parseConnection);
    }
  } finally {
    closeSync(file);
  }
}

function parseConnection(line: string): Connection {
  const [protocol = '', from = '', fromPort = '', to = '', toPort = '', dest = '', destPort = '', ...rest] =
    line.split(/ +/);
  const [state = '', expires = '', persistenceEngine, ...data] = rest;
  return {
    protocol,
    client: endpoint(from, fromPort),
    virtual: endpoint(to, toPort),
    destination: endpoint(dest, destPort),
    state,
    expires: Number(expires),
    ...(persistenceEngine && { persistenceEngine, persistenceData: data.join(' ') }),
  };
}

function endpoint(address: string, port: string): Endpoint {
  return { address: parseHexAddress(address), port: Number.parseInt(port, 16) };
}
