import type { DestinationSettings, InetEndpoints, Protocol, ServiceSettings } from './model.ts';
import { isInet, RequestPattern } from './request-pattern.ts';
import type { IpvsRequest } from './requests.ts';

/** A request that {@link AlikeRequests} knows: one that adds something, or changes it. */
type SettingRequest = Extract<IpvsRequest, { readonly settings: unknown }>;

/** What it has learnt. */
interface Known {
  readonly pattern: RequestPattern;
  readonly protocol: Protocol;
  /** A copy, as who asks may change theirs. */
  readonly settings: ServiceSettings | DestinationSettings;
}

/** Finds requests that are like the one before but for IPv4 addresses and ports. A large table is little else. */
export class AlikeRequests {
  /** The latest of each kind. */
  readonly #latest = new Map<SettingRequest['request'], Known>();
  readonly #endpoints = {
    serviceAddress: 0,
    servicePort: 0,
    serverAddresses: new Int32Array(1),
    serverPorts: new Uint16Array(1),
  };

  /** What the latest request found has of its own. */
  get endpoints(): InetEndpoints {
    return this.#endpoints;
  }

  /** What `request` is but for its {@link endpoints}, if it is like the latest. */
  find(request: IpvsRequest): RequestPattern | undefined {
    if (!('settings' in request)) return undefined;
    const latest = this.#latest.get(request.request);
    const { service } = request;
    if (!latest || service.kind !== 'address' || service.protocol !== latest.protocol) return undefined;
    if (!isInet(service) || !isEqual(latest.settings, request.settings)) return undefined;
    const endpoints = this.#endpoints;
    if ('destination' in request) {
      const { destination } = request;
      if (!isInet(destination)) return undefined;
      endpoints.serverAddresses[0] = destination.address.word(0);
      endpoints.serverPorts[0] = destination.port;
    }
    endpoints.serviceAddress = service.address.word(0);
    endpoints.servicePort = service.port;
    return latest.pattern;
  }

  /** Notes the message that a request was encoded as, which is copied. */
  learn(request: IpvsRequest, message: Uint8Array): void {
    if (!('settings' in request) || request.service.kind !== 'address') return;
    const pattern = RequestPattern.of(request, message);
    if (!pattern) return;
    const { protocol } = request.service;
    const { settings } = request;
    const copied = 'tunnel' in settings ? { ...settings, tunnel: { ...settings.tunnel } } : { ...settings };
    this.#latest.set(request.request, { pattern, protocol, settings: copied });
  }
}

type Settings = Known['settings'];

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
