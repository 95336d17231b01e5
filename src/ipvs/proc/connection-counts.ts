import type { Address } from '../address.ts';
import { type Endpoint, parseEndpoint, readConnectionLines } from './connections.ts';

/** Address and port of one side of connections, with the kernel's name of their protocol. */
export interface ProtocolEndpoint {
  readonly protocol: string;
  readonly endpoint: Endpoint;
}

/** The items of one kind with the most connections, largest first, and the sum of the others. */
export interface Ranking<T> {
  readonly largest: readonly { readonly item: T; readonly count: number }[];
  readonly rest: { readonly kinds: number; readonly connections: number };
}

/** Clients, services, servers and states with the most connections. */
export interface Rankings {
  readonly total: number;
  readonly clients: Ranking<Address>;
  /** In templates of firewall-mark services, the mark takes the place of the address. */
  readonly services: Ranking<ProtocolEndpoint>;
  readonly servers: Ranking<ProtocolEndpoint>;
  /** Connection states and protocols, as named by the kernel. */
  readonly states: Ranking<{ readonly protocol: string; readonly state: string }>;
}

/**
 * Counts the connections of this network namespace by client, service, server and state. There may be millions, so lines are
 * sliced rather than parsed, and only one number is kept per client, service, server and state. Throws the errors of open(2)
 * and read(2).
 */
export class ConnectionCounts {
  #total = 0;
  readonly #clients = new Map<string, number>();
  readonly #services = new Map<string, number>();
  readonly #servers = new Map<string, number>();
  readonly #states = new Map<string, number>();

  /** Connections counted so far, including persistence templates. */
  get total(): number {
    return this.#total;
  }

  /** Counts all connections; yields after each block of lines, so that the caller can show {@link total}. */
  *read(path?: string): Generator<void> {
    for (const lines of readConnectionLines(path)) {
      for (const line of lines) this.#add(line);
      this.#total += lines.length;
      yield;
    }
  }

  /** Returns the `number` largest entries of each ranking. */
  rankings(number: number): Rankings {
    return {
      total: this.#total,
      clients: this.#rank(this.#clients, number, (key) => parseEndpoint(key.slice(1), '0').address),
      services: this.#rank(this.#services, number, toProtocolEndpoint),
      servers: this.#rank(this.#servers, number, toProtocolEndpoint),
      states: this.#rank(this.#states, number, (key) => {
        const [protocol = '', state = ''] = key.split(' ');
        return { protocol, state };
      }),
    };
  }

  /**
   * Counts a line `Pro FromIP FPrt ToIP TPrt DestIP DPrt State …`: only protocol and state are padded, so that all other
   * columns end in one space.
   */
  #add(line: string): void {
    const protocol = line.slice(0, line.indexOf(' '));
    const client = line.indexOf(' ', 3) + 1;
    const clientPort = line.indexOf(' ', client) + 1;
    const virtual = line.indexOf(' ', clientPort) + 1;
    const virtualPort = line.indexOf(' ', virtual) + 1;
    const server = line.indexOf(' ', virtualPort) + 1;
    const serverPort = line.indexOf(' ', server) + 1;
    const state = line.indexOf(' ', serverPort) + 1;
    // Concatenated strings are copies; a slice alone would keep the whole block in memory.
    count(this.#clients, ` ${line.slice(client, clientPort - 1)}`);
    count(this.#services, `${protocol} ${line.slice(virtual, server - 1)}`);
    count(this.#servers, `${protocol} ${line.slice(server, state - 1)}`);
    count(this.#states, `${protocol} ${line.slice(state, line.indexOf(' ', state))}`);
  }

  #rank<T>(counts: Map<string, number>, number: number, decode: (key: string) => T): Ranking<T> {
    const all = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    const largest = all.slice(0, number).map(([key, count]) => ({ item: decode(key), count }));
    const counted = largest.reduce((sum, { count }) => sum + count, 0);
    return {
      largest,
      rest: { kinds: all.length - largest.length, connections: this.#total - counted },
    };
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function toProtocolEndpoint(key: string): ProtocolEndpoint {
  const [protocol = '', address = '', port = ''] = key.split(' ');
  return { protocol, endpoint: parseEndpoint(address, port) };
}
