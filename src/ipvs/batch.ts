import { Batch, type Requests } from '../netlink/batch.ts';
import type { Outcome } from '../netlink/errors.ts';
import { RequestCopies } from './bulk/request-copies.ts';
import { type InetSettingRequest, isInetSetting } from './bulk/request-template.ts';
import { TemplateCache } from './bulk/template-cache.ts';
import type { Ipvs } from './client.ts';
import { type IpvsRequest, toCommand } from './requests.ts';

/**
 * Requests that wait to be carried out together.
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
  /** The copies of templates that come last, where one was added last. */
  #copies: RequestCopies | undefined;

  /** @internal */
  constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
    this.#batch = new Batch(ipvs.connection);
    this.#cache = new TemplateCache(ipvs);
  }

  /** Puts a request behind the others. One with a number out of range is a {@link RangeError}, and not added. */
  add(request: IpvsRequest): void {
    this.#add(request, (request) => this.#cache.find(request));
  }

  /**
   * Puts requests behind the others, as {@link add}.
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
      this.#batch.addLater(this.#copies);
    }
    const { service } = request;
    const server = 'destination' in request ? request.destination : undefined;
    const serverAddress = server?.address.word(0) ?? 0;
    this.#copies.add(template, 0, service.address.word(0), service.port, serverAddress, server?.port ?? 0);
  }

  /**
   * Puts requests behind the others that are written when they are sent. More may be added to them as long as they are the last.
   * @internal
   */
  addLater(requests: Requests): void {
    this.#batch.addLater(requests);
    this.#copies = undefined;
  }

  /** Carries them out as `Ipvs.batch` does. `progress` is called now and then with the number of requests carried out. */
  carryOut(progress?: (done: number) => void): Promise<Outcome[]> {
    return this.#ipvs.connection.withLock(() => this.#batch.carryOut(progress));
  }
}
