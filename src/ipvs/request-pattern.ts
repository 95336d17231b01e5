import { genericAttributes } from '../netlink/generic.ts';
import { type AttributeReader, MessageReader } from '../netlink/reader.ts';
import type { MessageWriter } from '../netlink/writer.ts';
import type { Address } from './address.ts';
import {
  IPVS_CMD_ATTR_DEST,
  IPVS_CMD_ATTR_SERVICE,
  IPVS_DEST_ATTR_ADDR,
  IPVS_DEST_ATTR_PORT,
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_PORT,
} from './constants.ts';
import type { InetEndpoints } from './model.ts';
import type { IpvsRequest } from './requests.ts';

/** Where an IPv4 address and a port stand in a message. */
interface Place {
  readonly address: number;
  readonly port: number;
}

/** The message of a request, for requests that are like it but for IPv4 addresses and ports. */
export class RequestPattern {
  readonly #message: Uint8Array;
  readonly #service: Place;
  readonly #server: Place | undefined;

  private constructor(message: Uint8Array, service: Place, server: Place | undefined) {
    this.#message = message;
    this.#service = service;
    this.#server = server;
  }

  /** That of a request with `message`, which is copied; none where it is not about IPv4 addresses. */
  static of(request: IpvsRequest, message: Uint8Array): RequestPattern | undefined {
    if (!('service' in request) || request.service?.kind !== 'address' || !isInet(request.service))
      return undefined;
    if ('destination' in request && !isInet(request.destination)) return undefined;
    const copy = message.slice();
    const { service, server } = placesIn(copy);
    return service && new RequestPattern(copy, service, server);
  }

  /** Bytes of the message. */
  get length(): number {
    return this.#message.length;
  }

  /**
   * Writes `count` messages, for the service and for its servers from the number `first` on where it is about servers, with
   * consecutive sequence numbers.
   */
  write(writer: MessageWriter, of: InetEndpoints, first: number, count: number, sequence: number): void {
    const message = this.#message;
    put(message, 0, this.#service, of.serviceAddress, of.servicePort);
    let at = writer.copies(message, count, sequence);
    const server = this.#server;
    if (!server) return;
    const { bytes } = writer;
    const { serverAddresses, serverPorts } = of;
    for (let index = first; index < first + count; index++, at += message.length) {
      put(bytes, at, server, serverAddresses[index] ?? 0, serverPorts[index] ?? 0);
    }
  }
}

/** Writes an address and a port, in network order, to their place in the message that starts there. */
function put(bytes: Uint8Array, start: number, place: Place, address: number, port: number): void {
  const addressAt = start + place.address;
  bytes[addressAt] = address >>> 24;
  bytes[addressAt + 1] = address >>> 16;
  bytes[addressAt + 2] = address >>> 8;
  bytes[addressAt + 3] = address;
  const portAt = start + place.port;
  bytes[portAt] = port >>> 8;
  bytes[portAt + 1] = port;
}

/** Whether an address is of IPv4, and a port one that there is. */
export function isInet({ address, port }: { readonly address: Address; readonly port: number }): boolean {
  return address.family === 'inet' && isPort(port);
}

/** Whether it is a whole number of 16 bits. */
export function isPort(port: number): boolean {
  return port === (port & 0xffff);
}

/** Where the addresses and ports stand in a message that was written here. */
function placesIn(message: Uint8Array): Partial<Record<'service' | 'server', Place>> {
  const reader = new MessageReader(message);
  reader.next();
  const found: Partial<Record<'service' | 'server', Place>> = {};
  for (const attributes = genericAttributes(reader); attributes.next(); ) {
    const inside = attributes.nested();
    if (attributes.type === IPVS_CMD_ATTR_SERVICE) {
      found.service = find(inside, IPVS_SVC_ATTR_ADDR, IPVS_SVC_ATTR_PORT);
    } else if (attributes.type === IPVS_CMD_ATTR_DEST) {
      found.server = find(inside, IPVS_DEST_ATTR_ADDR, IPVS_DEST_ATTR_PORT);
    }
  }
  return found;

  /** Where address and port stand among the attributes of an object. */
  function find(attributes: AttributeReader, addressType: number, portType: number): Place {
    let address: number | undefined;
    let port: number | undefined;
    while (attributes.next()) {
      if (attributes.type === addressType) address = placeOf(attributes.binary(4));
      else if (attributes.type === portType) port = placeOf(attributes.binary(2));
    }
    if (address === undefined || port === undefined) throw new TypeError('a message without an address');
    return { address, port };
  }

  function placeOf(value: Uint8Array): number {
    return value.byteOffset - message.byteOffset;
  }
}
