import { connect, createServer, type Server, type Socket } from 'node:net';
import { fleetPlan } from './layout.ts';
import type { Random } from './random.ts';

/** The point at which a client of the store is killed. */
export interface KillPoint {
  /** Number of the client's request, counted from 1. */
  readonly request: number;
  /** Before the store gets the request, after it answers but before the client knows, or milliseconds after the request. */
  readonly when: 'before' | 'after' | number;
}

/** Returns a random kill point. */
export function killPoint(
  random: Random,
  requests: { readonly from: number; readonly to: number },
): KillPoint {
  const request = requests.from + random.below(requests.to - requests.from + 1);
  return { request, when: random.of(['before', 'after', random.below(300)] as const) };
}

/** A proxy to the store that counts a client's requests and reports the kill point; it forwards nothing from then on. */
export class KillProxy {
  /** Address for `--store`. */
  readonly address: string;
  /** Requests so far. */
  requests = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  /**
   * Listens on a free port of the store's address.
   *
   * @param reached called once, at the kill point
   */
  static async open(point: KillPoint, reached: () => void): Promise<KillProxy> {
    const server = createServer();
    server.listen(0, fleetPlan.store);
    await new Promise((resolve) => server.once('listening', resolve));
    const at = server.address();
    if (at === null || typeof at === 'string') throw new Error('no port');
    const proxy = new KillProxy(server, `etcd://${fleetPlan.store}:${at.port}`);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      reached();
    };
    server.on('connection', (client) => {
      const store = connect(2379, fleetPlan.store);
      let isLast = false;
      for (const socket of [client, store]) {
        proxy.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      client.on('close', () => store.destroy());
      store.on('close', () => client.destroy());
      client.on('data', (data) => {
        if (isOver) return;
        if (data.toString('latin1').startsWith('POST ')) {
          proxy.requests++;
          if (proxy.requests === point.request) {
            if (point.when === 'before') {
              end();
              return;
            }
            if (point.when === 'after') isLast = true;
            else setTimeout(end, point.when);
          }
        }
        store.write(data);
      });
      store.on('data', (data) => {
        if (isOver) return;
        if (isLast) end();
        else client.write(data);
      });
    });
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
