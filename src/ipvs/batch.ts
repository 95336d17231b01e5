import type { Batch } from '../netlink/batch.ts';
import type { Connection } from '../netlink/connection.ts';
import type { Outcome } from '../netlink/errors.ts';
import type { GenericFamily } from '../netlink/generic.ts';
import type { Request } from '../netlink/request.ts';
import { AlikeRequests } from './alike-requests.ts';
import type { InetEndpoints } from './model.ts';
import { RequestPattern } from './request-pattern.ts';
import { RequestRuns } from './request-runs.ts';
import { type IpvsRequest, toCommand } from './requests.ts';

/** Requests that wait to be carried out together. */
export class IpvsBatch {
  readonly #connection: Connection;
  readonly #family: GenericFamily;
  readonly #batch: Batch;
  readonly #alike = new AlikeRequests();
  /** The latest requests, if they are like others. */
  #latest: RequestRuns | undefined;

  constructor(connection: Connection, family: GenericFamily) {
    this.#connection = connection;
    this.#family = family;
    this.#batch = connection.newBatch();
  }

  /** Puts a request behind the others. One with a number out of range is a {@link RangeError}, and not added. */
  add(request: IpvsRequest): void {
    const pattern = this.#alike.find(request);
    if (pattern) {
      this.addLike(pattern, this.#alike.endpoints, 1);
      return;
    }
    this.#alike.learn(request, this.#batch.add(this.#asked(request)));
    this.#latest = undefined;
  }

  /**
   * For {@link addLike} of this client's batches: what `request` is but for IPv4 addresses and ports; `undefined` where it has
   * none.
   */
  patternOf(request: IpvsRequest): RequestPattern | undefined {
    return RequestPattern.of(request, this.#connection.newBatch().add(this.#asked(request)));
  }

  /**
   * Puts `count` requests behind the others that are like another but for those: all about one service, and each about one of
   * its servers where that is. A port of the service that there is not is a {@link RangeError}, and nothing is added.
   */
  addLike(pattern: RequestPattern, of: InetEndpoints, count: number): void {
    if (!this.#latest) {
      this.#latest = new RequestRuns();
      this.#batch.addLater(this.#latest);
    }
    this.#latest.add(pattern, of, count);
  }

  /** Carries them out as `Ipvs.batch` does. `progress` is told now and then how many have been. */
  carryOut(progress?: (done: number) => void): Promise<Outcome[]> {
    return this.#connection.carryOut(this.#batch, progress);
  }

  #asked(request: IpvsRequest): Request {
    const { command, body } = toCommand(request);
    return this.#family.request(command, body);
  }
}
