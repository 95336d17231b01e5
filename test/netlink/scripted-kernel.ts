import type { NetlinkError } from '../../src/netlink/errors.ts';
import type { Transport, TransportListener } from '../../src/netlink/transport.ts';

// Encodes bytes by hand, independently of the code under test, and only for little-endian hosts.

const NLMSG_NOOP = 1;

/** A request as a kernel sees it. */
export interface SeenRequest {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
  readonly payload: Uint8Array;
}

/** A delivery of the transport: a datagram from the kernel, a datagram from another port, or an error. */
export type Delivery = Uint8Array | { readonly from: number; readonly bytes: Uint8Array } | NetlinkError;

/** Returns the answers to the requests of one datagram; `round` numbers the datagrams from 0. */
export type Script = (requests: readonly SeenRequest[], round: number) => readonly Delivery[];

/** A transport on which a function answers in place of the kernel. */
export class ScriptedKernel implements Transport {
  readonly port = 4711;
  readonly receiveBufferSize: number;
  /** The requests of every datagram sent, without barriers. */
  readonly seen: (readonly SeenRequest[])[] = [];
  /** The empty messages whose acknowledgement shows that all messages before them have been processed. */
  readonly barriers: SeenRequest[] = [];
  closed = false;
  /** Delivers answers before `send` returns, like a socket that is read synchronously. */
  atOnce = false;
  /** Number of answers of the script that have not been delivered yet. */
  undelivered = 0;
  readonly #script: Script;
  #listener: TransportListener | undefined;

  constructor(script: Script, receiveBufferSize = 425984) {
    this.#script = script;
    this.receiveBufferSize = receiveBufferSize;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
  }

  send(bytes: Uint8Array, ends: readonly number[]): void {
    for (const [index, end] of ends.entries()) this.#take(bytes.slice(ends[index - 1] ?? 0, end));
  }

  #take(datagram: Uint8Array): void {
    const messages = parse(datagram);
    const requests = messages.filter(({ type }) => type !== NLMSG_NOOP);
    this.seen.push(requests);
    this.barriers.push(...messages.filter(({ type }) => type === NLMSG_NOOP));
    const deliveries = this.#script(requests, this.seen.length - 1);
    // Otherwise each arrives in its own turn of the event loop, as from a socket that is polled.
    for (const delivery of deliveries) {
      if (this.atOnce) {
        this.deliver(delivery);
        continue;
      }
      this.undelivered++;
      setImmediate(() => {
        this.undelivered--;
        this.deliver(delivery);
      });
    }
  }

  /** Delivers something that answers no request. */
  deliver(delivery: Delivery): void {
    if (this.closed) return;
    if (delivery instanceof Error) this.#listener?.error(delivery);
    else if (delivery instanceof Uint8Array) this.#hand(delivery, 0);
    else this.#hand(delivery.bytes, delivery.from);
  }

  /** Passes a datagram to the listener, in a buffer with other bytes before and after it. */
  #hand(bytes: Uint8Array, from: number): void {
    const around = concat(Uint8Array.of(1, 2, 3, 4), bytes, Uint8Array.of(5, 6, 7, 8));
    this.#listener?.datagram(around, 4, 4 + bytes.length, from);
  }

  close(): void {
    this.closed = true;
  }
}

function parse(datagram: Uint8Array): SeenRequest[] {
  const view = new DataView(datagram.buffer);
  const requests: SeenRequest[] = [];
  for (let start = 0; start < view.byteLength; ) {
    const length = view.getUint32(start, true);
    requests.push({
      type: view.getUint16(start + 4, true),
      flags: view.getUint16(start + 6, true),
      sequence: view.getUint32(start + 8, true),
      port: view.getUint32(start + 12, true),
      payload: datagram.subarray(start + 16, start + length),
    });
    start += (length + 3) & ~3;
  }
  return requests;
}

/** Header fields of an answer; omitted ones are copied from the request, except flags, which are then 0. */
type Header = Partial<Omit<SeenRequest, 'payload'>>;

/** Encodes a message that answers `request`. */
export function answer(request: SeenRequest, payload: Uint8Array, header: Header = {}): Uint8Array {
  const bytes = new Uint8Array(16 + ((payload.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16 + payload.length, true);
  view.setUint16(4, header.type ?? request.type, true);
  view.setUint16(6, header.flags ?? 0, true);
  view.setUint32(8, header.sequence ?? request.sequence, true);
  view.setUint32(12, header.port ?? request.port, true);
  bytes.set(payload, 16);
  return bytes;
}

/**
 * Encodes an `NLMSG_ERROR`: the refusal of `request` or, without an errno, the acknowledgement of the barrier that follows it
 * with the same sequence number.
 */
export function errorAnswer(request: SeenRequest, errno = 0): Uint8Array {
  return answer(request, signed(-errno), { type: 2 });
}

/** Returns the answers to requests: a refusal wherever `errnoOf` is not 0, then the acknowledgement of the barrier. */
export function carryOut(
  requests: readonly SeenRequest[],
  errnoOf: (request: SeenRequest) => number,
): Uint8Array[] {
  const refused = requests.filter((request) => errnoOf(request) !== 0);
  const refusals = refused.map((request) => errorAnswer(request, errnoOf(request)));
  return [...refusals, ...requests.slice(-1).map((last) => errorAnswer(last))];
}

/** Encodes an `NLMSG_DONE`, which ends a dump; with an errno, the dump has failed. */
export function done(request: SeenRequest, errno = 0): Uint8Array {
  return answer(request, signed(-errno), { type: 3, flags: 2 });
}

/** Encodes an attribute with its padding. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + ((value.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

/** Concatenates byte arrays. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function signed(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
