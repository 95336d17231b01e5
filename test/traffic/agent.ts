import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { World } from '../lab/world.ts';

/** An address and port that a client can visit. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/** A port that a server listens on. */
export interface Serving {
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp';
  /** The address to listen on, every one by default; a UDP server answers from it. */
  readonly address?: string;
}

/** An answered visit. */
export interface Answer {
  /** The machine that answered. */
  readonly server: string;
  /** The client's address, as that server saw it. */
  readonly client: string;
  readonly clientPort: number;
  /** The server's own address and port that the visit reached. */
  readonly reached: string;
  readonly reachedPort: number;
  /** The address that answered, as the client saw it. */
  readonly peer: string;
  /** Number of bytes that followed. */
  readonly bytes: number;
  /** The number of the connection, when it stays open. */
  readonly open: number;
}

/** A failed visit. */
export interface Failure {
  readonly error: string;
}

/** Options of a client's visits. */
export interface VisitOptions {
  readonly times?: number;
  /** The client's addresses, which are used in turn. */
  readonly from?: readonly string[];
  /** Number of bytes that each visit requests. */
  readonly bytes?: number;
  /** Leaves the connections open. */
  readonly hold?: boolean;
  /** Milliseconds to wait for each connection and answer; 3000 by default. */
  readonly patience?: number;
  /** Ends the connections with a reset, which makes the director forget them soon. */
  readonly reset?: boolean;
}

/** Options of a client's datagrams. */
export interface SendOptions {
  readonly times?: number;
  readonly from?: readonly string[];
  /** Sends each datagram from a new port. */
  readonly newPorts?: boolean;
  /** Milliseconds to wait for each answer. */
  readonly wait?: number;
}

/** The progress of a download. */
export interface Progress {
  readonly bytes: number;
  readonly ended: boolean;
  readonly error?: string;
}

/** A program on a machine of a world that is both server and client, so that visits need no further processes. */
export class Agent {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  #last = 0;

  constructor(world: World, machine: string) {
    const script = fileURLToPath(new URL('agent.js', import.meta.url));
    this.#process = world.start(machine, [process.execPath, script, machine]);
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#receive(line));
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the agent on ${machine} has ended`));
    });
  }

  /** Starts listening on a port. */
  async serve(serving: Serving): Promise<void> {
    await this.#order('serve', serving);
  }

  /** Stops accepting new connections on a TCP port. */
  async refuse(port: number): Promise<void> {
    await this.#order('refuse', { port });
  }

  visit(target: Target, options: VisitOptions = {}): Promise<(Answer | Failure)[]> {
    return this.#order('visit', { ...target, ...options });
  }

  /** Sends another request on open connections. */
  again(open: readonly number[], bytes = 0): Promise<(Answer | Failure)[]> {
    return this.#order('again', { open, bytes });
  }

  async close(open: readonly number[], options: { readonly reset?: boolean } = {}): Promise<void> {
    await this.#order('close', { open, ...options });
  }

  /** Starts a download of chunks of 1000 bytes, one every `pause` milliseconds. */
  download(target: Target, chunks: number, pause: number): Promise<Answer> {
    return this.#order('download', { ...target, chunks, pause });
  }

  progress(open: number): Promise<Progress> {
    return this.#order('progress', { open });
  }

  /** Sends datagrams. */
  send(target: Target, options: SendOptions = {}): Promise<(Answer | Failure)[]> {
    return this.#order('send', { ...target, ...options });
  }

  #order<T>(order: string, options: object): Promise<T> {
    const id = ++this.#last;
    this.#process.stdin.write(`${JSON.stringify({ id, order, ...options })}\n`);
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    }) as Promise<T>;
  }

  #receive(line: string): void {
    const { id, result, error } = JSON.parse(line) as { id: number; result: unknown; error?: string };
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}
