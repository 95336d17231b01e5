import type { Ipvs } from '../client.ts';
import { destinationSchema } from '../schema/destination.ts';
import { serviceSchema } from '../schema/service.ts';
import { type InetSettingRequest, RequestTemplate } from './request-template.ts';

/** Kinds of requests that are known at a time; more than a large table takes, as a rule. */
const mostKinds = 256;

/**
 * Finds the template that a request is a copy of: most requests for a large table equal an earlier one but for IPv4 addresses
 * and ports. The declarations of the kernel's objects tell whether settings are equal.
 */
export class TemplateCache {
  /** The templates by their numbers. */
  readonly templates: RequestTemplate[] = [];
  readonly #ipvs: Ipvs;
  /** The numbers of the templates by kind; `undefined` after the first request of a kind. */
  readonly #numbers = new Map<string, number | undefined>();

  constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
  }

  /** Returns the number of the template of a request; `undefined` for the first request of its kind. */
  find(request: InetSettingRequest): number | undefined {
    const kind = kindOf(request);
    const known = this.#numbers.get(kind);
    if (known !== undefined) return known;
    const isFirst = !this.#numbers.has(kind);
    if (this.#numbers.size >= mostKinds) this.#numbers.clear();
    const number = isFirst ? undefined : this.templates.push(RequestTemplate.of(this.#ipvs, request)) - 1;
    this.#numbers.set(kind, number);
    return number;
  }

  /**
   * Returns a function that does what {@link find} does, faster where requests share settings objects. These must not be changed
   * between its calls.
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

/** Returns a text that is equal for copies of each other. */
function kindOf(request: InetSettingRequest): string {
  const settings =
    'destination' in request
      ? destinationSchema.keyOf(request.settings)
      : serviceSchema.keyOf(request.settings);
  return `${request.request} ${request.service.protocol} ${settings}`;
}
