import { genericAttributes } from '../netlink/generic.ts';
import { type AttributeReader, MessageReader } from '../netlink/reader.ts';
import type { Address } from './address.ts';
import {
  IPVS_CMD_ATTR_DEST,
  IPVS_CMD_ATTR_SERVICE,
  IPVS_DEST_ATTR_ADDR,
  IPVS_DEST_ATTR_PORT,
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_PORT,
} from './constants.ts';
import type { DestinationSettings, Protocol, ServiceSettings } from './model.ts';
import type { IpvsRequest } from './requests.ts';

/** A request that {@link AlikeRequests} knows: one that adds something, or changes it. */
type SettingRequest = Extract<IpvsRequest, { readonly settings: unknown }>;

/** A message, and where in it what may differ stands. */
interface Copied {
  readonly message: Uint8Array;
  readonly protocol: Protocol;
  /** A copy, as who asks may change theirs. */
  readonly settings: ServiceSettings | DestinationSettings;
  readonly service: Endpoint;
  readonly destination: Endpoint | undefined;
}

/** Where an IPv4 address and a port stand. */
interface Endpoint {
  readonly address: DataView;
  readonly port: DataView;
}

/**
 * Encodes requests that are like the one before but for IPv4 addresses and ports as copies of its message. A large table is
 * little else.
 */
export class AlikeRequests {
  /** The latest of each kind. */
  readonly #latest = new Map<SettingRequest['request'], Copied>();

  /** The message of `request` with whatever sequence number, if it is like the latest; valid until the next call. */
  encode(request: IpvsRequest): Uint8Array | undefined {
    if (!('settings' in request)) return undefined;
    const latest = this.#latest.get(request.request);
    const { service } = request;
    if (!latest || service.kind !== 'address' || service.protocol !== latest.protocol) return undefined;
    if (!isInet(service) || !isEqual(latest.settings, request.settings)) return undefined;
    if ('destination' in request) {
      if (!latest.destination || !isInet(request.destination)) return undefined;
      put(latest.destination, request.destination);
    }
    put(latest.service, service);
    return latest.message;
  }

  /** Notes the message that a request was encoded as, which is copied. */
  learn(request: IpvsRequest, message: Uint8Array): void {
    if (!('settings' in request)) return;
    const { service, settings } = request;
    if (service.kind !== 'address' || !isInet(service)) return;
    if ('destination' in request && !isInet(request.destination)) return;
    const copy = message.slice();
    const found = endpointsIn(copy);
    if (!found.service) return;
    const { protocol } = service;
    const copied = 'tunnel' in settings ? { ...settings, tunnel: { ...settings.tunnel } } : { ...settings };
    this.#latest.set(request.request, {
      message: copy,
      protocol,
      settings: copied,
      service: found.service,
      destination: found.destination,
    });
  }
}

function isInet({ address, port }: { readonly address: Address; readonly port: number }): boolean {
  return address.family === 'inet' && Number.isInteger(port) && port >= 0 && port <= 0xffff;
}

type Settings = Copied['settings'];

function isEqual(one: Settings, other: Settings): boolean {
  if ('scheduler' in one) return 'scheduler' in other && isEqualService(one, other);
  return 'tunnel' in other && isEqualServer(one, other);
}

function isEqualService(one: ServiceSettings, other: ServiceSettings): boolean {
  return (
    one.scheduler === other.scheduler &&
    one.flags === other.flags &&
    one.timeout === other.timeout &&
    one.netmask === other.netmask &&
    one.persistenceEngine === other.persistenceEngine
  );
}

function isEqualServer(one: DestinationSettings, other: DestinationSettings): boolean {
  return (
    one.forwarding === other.forwarding &&
    one.weight === other.weight &&
    one.upperThreshold === other.upperThreshold &&
    one.lowerThreshold === other.lowerThreshold &&
    one.tunnel.type === other.tunnel.type &&
    one.tunnel.port === other.tunnel.port &&
    one.tunnel.flags === other.tunnel.flags
  );
}

/** Where the addresses and ports stand in a message that was written here. */
function endpointsIn(message: Uint8Array): Partial<Record<'service' | 'destination', Endpoint>> {
  const reader = new MessageReader(message);
  reader.next();
  const found: Partial<Record<'service' | 'destination', Endpoint>> = {};
  for (const attributes = genericAttributes(reader); attributes.next(); ) {
    const inside = attributes.nested();
    if (attributes.type === IPVS_CMD_ATTR_SERVICE) {
      found.service = find(inside, IPVS_SVC_ATTR_ADDR, IPVS_SVC_ATTR_PORT);
    } else if (attributes.type === IPVS_CMD_ATTR_DEST) {
      found.destination = find(inside, IPVS_DEST_ATTR_ADDR, IPVS_DEST_ATTR_PORT);
    }
  }
  return found;
}

/** Where address and port stand among the attributes of an object. */
function find(attributes: AttributeReader, addressType: number, portType: number): Endpoint {
  let address: DataView | undefined;
  let port: DataView | undefined;
  while (attributes.next()) {
    if (attributes.type === addressType) address = viewOf(attributes.binary(4));
    else if (attributes.type === portType) port = viewOf(attributes.binary(2));
  }
  if (!address || !port) throw new TypeError('a message without an address');
  return { address, port };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function put(at: Endpoint, { address, port }: { readonly address: Address; readonly port: number }): void {
  at.address.setInt32(0, address.word(0));
  at.port.setUint16(0, port);
}
