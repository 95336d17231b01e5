import type { Address } from '../../ipvs/address.ts';
import { formatEndpoint } from '../../ipvs/endpoint.ts';
import { namesOf } from '../../names/address-names.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import { endpointFormatter } from '../../view/endpoint.ts';

/** Names of addresses, looked up while the addresses are already shown. */
export class LateNames {
  readonly #hosts = new Map<string, string>();
  readonly #lookedUp = new Set<string>();
  readonly #ending = new AbortController();
  #format: EndpointFormatter = formatEndpoint;

  /** Formats an endpoint with the names known so far. */
  readonly endpoint: EndpointFormatter = (...endpoint) => this.#format(...endpoint);

  /** Looks up the addresses that have not been looked up yet; resolves to whether there are new names. */
  async lookUp(addresses: readonly Address[]): Promise<boolean> {
    const unknown = addresses.filter(({ text }) => !this.#lookedUp.has(text));
    if (unknown.length === 0) return false;
    for (const { text } of unknown) this.#lookedUp.add(text);
    const names = await namesOf(unknown, this.#ending.signal);
    for (const address of unknown) {
      const host = names.host(address);
      if (host !== undefined) this.#hosts.set(address.text, host);
    }
    const isFirst = this.#format === formatEndpoint;
    this.#format = endpointFormatter({
      host: ({ text }) => this.#hosts.get(text),
      port: (port, protocol) => names.port(port, protocol),
    });
    return isFirst || unknown.some(({ text }) => this.#hosts.has(text));
  }

  /** Ends the lookups. */
  close(): void {
    this.#ending.abort();
  }
}
