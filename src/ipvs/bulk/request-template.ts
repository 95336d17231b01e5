import { genericAttributes } from '../../netlink/generic.ts';
import { type AttributeReader, MessageReader } from '../../netlink/reader.ts';
import { writeRequest } from '../../netlink/request.ts';
import { MessageWriter } from '../../netlink/writer.ts';
import { Address } from '../address.ts';
import type { Ipvs } from '../client.ts';
import { IPVS_CMD_ATTR, IPVS_DEST_ATTR, IPVS_SVC_ATTR } from '../constants.ts';
import type { AddressServiceId } from '../model.ts';
import { type IpvsRequest, toCommand } from '../requests.ts';

/** Offsets of an address and a port in a message. */
interface EndpointOffsets {
  readonly address: number;
  readonly port: number;
}

/** The encoded message of a request, reused for requests that differ only in IPv4 addresses and ports. */
export class RequestTemplate {
  /** Length of the message in bytes. */
  readonly length: number;
  /** The message as 32-bit words in host order. */
  readonly words: Int32Array;
  // Offsets in bytes; those of the server are 0 when there is none.
  readonly serviceAddress: number;
  readonly servicePort: number;
  readonly hasServer: boolean;
  readonly serverAddress: number;
  readonly serverPort: number;

  private constructor(message: Uint8Array, service: EndpointOffsets, server: EndpointOffsets | undefined) {
    this.length = message.length;
    this.words = new Int32Array(message.buffer, message.byteOffset, message.length / 4);
    this.serviceAddress = service.address;
    this.servicePort = service.port;
    this.hasServer = server !== undefined;
    this.serverAddress = server?.address ?? 0;
    this.serverPort = server?.port ?? 0;
  }

  /**
   * Makes the template of a request, for batches of `ipvs`. Throws {@link TypeError} or {@link RangeError} when a value cannot
   * be encoded.
   */
  static of(ipvs: Ipvs, request: InetSettingRequest): RequestTemplate {
    const writer = new MessageWriter();
    const netlinkRequest = ipvs.requestOf(toCommand(request));
    const message = writeRequest(writer, netlinkRequest, 0, ipvs.connection.port).bytes.slice();
    const { service, server } = endpointOffsets(message);
    if (!service) throw new TypeError(`${request.request} lacks a service`);
    return new RequestTemplate(message, service, server);
  }
}

/** A request that adds or updates an object. */
type SettingRequest = Extract<IpvsRequest, { readonly settings: unknown }>;

/** A request that adds or updates a service or a server at an IPv4 address, and so can be a copy of a template. */
export type InetSettingRequest = SettingRequest & { readonly service: AddressServiceId };

/** Returns whether a request can be a copy of a template. Values of wrong types cannot: encoding them reports the error. */
export function isInetSetting(request: IpvsRequest): request is InetSettingRequest {
  if (!('settings' in request) || !request.settings) return false;
  if (request.service?.kind !== 'address' || !isInet(request.service)) return false;
  return !('destination' in request) || isInet(request.destination);
}

/** Returns whether an endpoint has an IPv4 address and a valid port. */
function isInet(endpoint: { readonly address: Address; readonly port: number } | undefined): boolean {
  if (!(endpoint?.address instanceof Address)) return false;
  const { address, port } = endpoint;
  return address.family === 'inet' && port === (port & 0xffff);
}

/** Returns the offsets of addresses and ports in an encoded message. */
function endpointOffsets(message: Uint8Array): Partial<Record<'service' | 'server', EndpointOffsets>> {
  const reader = new MessageReader(message);
  reader.next();
  const found: Partial<Record<'service' | 'server', EndpointOffsets>> = {};
  for (const attributes = genericAttributes(reader); attributes.next(); ) {
    const inside = attributes.nested();
    if (attributes.type === IPVS_CMD_ATTR.SERVICE) {
      found.service = findOffsets(inside, IPVS_SVC_ATTR.ADDR, IPVS_SVC_ATTR.PORT);
    } else if (attributes.type === IPVS_CMD_ATTR.DEST) {
      found.server = findOffsets(inside, IPVS_DEST_ATTR.ADDR, IPVS_DEST_ATTR.PORT);
    }
  }
  return found;

  /** Returns the offsets of the address and port among the attributes of an object. */
  function findOffsets(attributes: AttributeReader, addressType: number, portType: number): EndpointOffsets {
    let address: number | undefined;
    let port: number | undefined;
    while (attributes.next()) {
      if (attributes.type === addressType) address = offsetOf(attributes.binary(4));
      else if (attributes.type === portType) port = offsetOf(attributes.binary(2));
    }
    if (address === undefined || port === undefined) throw new TypeError('a message without an address');
    return { address, port };
  }

  function offsetOf(value: Uint8Array): number {
    return value.byteOffset - message.byteOffset;
  }
}
