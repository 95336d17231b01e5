import type { Ipvs } from '../client.ts';
import { destinationSchema } from '../schema/destination.ts';
import { serviceSchema } from '../schema/service.ts';
import { type InetSettingRequest, RequestTemplate } from './request-template.ts';

/** Maximum number of request kinds remembered; a large table usually needs fewer. */
const maxKinds = 256;

/**
 * Finds the template of a request: most requests for a large table differ from an earlier one only in IPv4 addresses and ports.
 * The schemas determine whether settings are equal.
 */
export class TemplateCache {
  /** Templates by number. */
  readonly templates: RequestTemplate[] = [];
  readonly #ipvs: Ipvs;
  /** Template numbers by kind of request; `undefined` after the first request of a kind. */
  readonly #numbers = new Map<string, number | undefined>();

  constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
  }

  /** Returns the number of a request's template; `undefined` for the first request of its kind. */
  find(request: InetSettingRequest): number | undefined {
    const kind = kindOf(request);
    const known = this.#numbers.get(kind);
    if (known !== undefined) return known;
    const isFirst = !this.#numbers.has(kind);
    if (this.#numbers.size >= maxKinds) this.#numbers.clear();
    const number = isFirst ? undefined : this.templates.push(RequestTemplate.of(this.#ipvs, request)) - 1;
    this.#numbers.set(kind, number);
    return number;
  }

  /**
   * Returns a function like {@link find} that is faster when requests share settings objects, which must not change between its
   * calls.
   */
  finder(): (request: InetSettingRequest) => number | undefined {
    const latest = new Map<object, { readonly request: InetSettingRequest; readonly number: number }>();
    return (request) => {
      const known = latest.get(request.settings);
      const isSameKind =
        known?.request.request === request.request &&
        known.request.service.protocol === request.service.protocol;
      if (isSameKind) return known.number;
      const number = this.find(request);
      if (number !== undefined) latest.set(request.settings, { request, number });
      return number;
    };
  }
}

/** Returns a map key that is equal for copies of the same template. */
function kindOf(request: InetSettingRequest): string {
  const settings =
    'destination' in request
      ? destinationSchema.keyOf(request.settings)
      : serviceSchema.keyOf(request.settings);
  return `${request.request} ${request.service.protocol} ${settings}`;
}
