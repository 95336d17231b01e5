import type { NetlinkError } from '../../src/netlink/errors.ts';
import type { Transport, TransportListener } from '../../src/netlink/transport.ts';

// Bytes are laid out here by hand, apart from the code under test, and for hosts whose order is little-endian.

const NLMSG_NOOP = 1;

/** A request as a kernel sees it. */
export interface SeenRequest {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
  readonly payload: Uint8Array;
}

/** What a script has its transport deliver: a datagram of the kernel's, one of another port's, or a failure. */
export type Delivery = Uint8Array | { readonly from: number; readonly bytes: Uint8Array } | NetlinkError;

/** Answers the requests of one datagram; `round` counts the datagrams from 0. */
export type Script = (requests: readonly SeenRequest[], round: number) => readonly Delivery[];

/** A transport with a function in the kernel's place. */
export class ScriptedKernel implements Transport {
  readonly port = 4711;
  readonly receiveBufferSize: number;
  /** The requests of every datagram sent, without barriers. */
  readonly seen: (readonly SeenRequest[])[] = [];
  /** The empty messages that ask for an acknowledgement of what comes before them. */
  readonly barriers: SeenRequest[] = [];
  closed = false;
  /** Delivers while a request is sent, as sockets can that are read at once. */
  atOnce = false;
  /** How much of what the script gave has not been delivered yet. */
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
    // Else each arrives in a turn of the event loop of its own, as from a socket that is waited for.
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

  /** Delivers without having been asked. */
  deliver(delivery: Delivery): void {
    if (this.closed) return;
    if (delivery instanceof Error) this.#listener?.error(delivery);
    else if (delivery instanceof Uint8Array) this.#hand(delivery, 0);
    else this.#hand(delivery.bytes, delivery.from);
  }

  /** Hands on a datagram, with bytes around it that are none of its own. */
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

/** Fields of an answer's header; what is left out is as the request has it, and no flags. */
type Header = Partial<Omit<SeenRequest, 'payload'>>;

/** A message that answers `request`. */
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

/** `NLMSG_ERROR`: the refusal of `request`; or, without an errno, the acknowledgement of the barrier that follows it, whose sequence number is the same. */
export function errorAnswer(request: SeenRequest, errno = 0): Uint8Array {
  return answer(request, signed(-errno), { type: 2 });
}

/** The answers to requests that `errnoOf` refuses or, with 0, does not: all refusals, then the barrier's acknowledgement. */
export function carryOut(
  requests: readonly SeenRequest[],
  errnoOf: (request: SeenRequest) => number,
): Uint8Array[] {
  const refused = requests.filter((request) => errnoOf(request) !== 0);
  const refusals = refused.map((request) => errorAnswer(request, errnoOf(request)));
  return [...refusals, ...requests.slice(-1).map((last) => errorAnswer(last))];
}

/** `NLMSG_DONE`: the end of a dump, which failed if there is an errno. */
export function done(request: SeenRequest, errno = 0): Uint8Array {
  return answer(request, signed(-errno), { type: 3, flags: 2 });
}

/** An attribute with its padding. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + ((value.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

/** Bytes one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function signed(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
