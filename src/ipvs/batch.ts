import { Batch, type RequestSource } from '../netlink/batch.ts';
import type { Outcome } from '../netlink/errors.ts';
import { RequestCopies } from './bulk/request-copies.ts';
import { type InetSettingRequest, isInetSetting } from './bulk/request-template.ts';
import { TemplateCache } from './bulk/template-cache.ts';
import type { Ipvs } from './client.ts';
import { type IpvsRequest, toCommand } from './requests.ts';

/**
 * Requests collected to be carried out together.
 *
 * @example
 * const batch: IpvsBatch = ipvs.prepare();
 * for (const { id } of await ipvs.services()) batch.add({ request: 'zero', service: id });
 * const outcomes = await batch.carryOut();
 */
export class IpvsBatch {
  readonly #ipvs: Ipvs;
  readonly #batch: Batch;
  readonly #cache: TemplateCache;
  /** Copies of templates at the end of the batch; `undefined` when its last request is not such a copy. */
  #copies: RequestCopies | undefined;

  /** @internal */
  constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
    this.#batch = new Batch(ipvs.connection);
    this.#cache = new TemplateCache(ipvs);
  }

  /** Appends a request. Throws {@link TypeError} or {@link RangeError}, and adds nothing, when a value cannot be encoded. */
  add(request: IpvsRequest): void {
    this.#add(request, (request) => this.#cache.find(request));
  }

  /**
   * Appends requests, as {@link add} does.
   * @internal
   */
  addAll(requests: readonly IpvsRequest[]): void {
    const find = this.#cache.finder();
    for (const request of requests) this.#add(request, find);
  }

  #add(request: IpvsRequest, find: (request: InetSettingRequest) => number | undefined): void {
    if (isInetSetting(request)) {
      const template = find(request);
      if (template !== undefined) {
        this.#addCopy(request, template);
        return;
      }
    }
    this.#batch.add(this.#ipvs.requestOf(toCommand(request)));
    this.#copies = undefined;
  }

  #addCopy(request: InetSettingRequest, template: number): void {
    if (!this.#copies) {
      this.#copies = new RequestCopies(this.#cache.templates);
      this.#batch.addLazy(this.#copies);
    }
    const { service } = request;
    const server = 'destination' in request ? request.destination : undefined;
    const serverAddress = server?.address.word(0) ?? 0;
    this.#copies.add(template, 0, service.address.word(0), service.port, serverAddress, server?.port ?? 0);
  }

  /**
   * Appends requests that are encoded when they are sent. More may be added to `requests` while it is the last part of the
   * batch.
   * @internal
   */
  addLazy(requests: RequestSource): void {
    this.#batch.addLazy(requests);
    this.#copies = undefined;
  }

  /**
   * Carries the requests out as `Ipvs.batch` does, with refusals as plain {@link NetlinkError}s. `progress` is called after
   * each datagram with the number of requests carried out so far.
   */
  carryOut(progress?: (done: number) => void): Promise<Outcome[]> {
    return this.#ipvs.connection.withLock(() => this.#batch.carryOut(progress));
  }
}
