import { Batch } from '../netlink/batch.ts';
import type { Outcome } from '../netlink/errors.ts';
import { AlikeRequests } from './alike-requests.ts';
import type { InetEndpoints } from './model.ts';
import { RequestPattern } from './request-pattern.ts';
import { RequestRuns } from './request-runs.ts';
import { type IpvsRequest, toCommand } from './requests.ts';
import type { Session } from './session.ts';

/** Requests that wait to be carried out together. */
export class IpvsBatch {
  readonly #session: Session;
  readonly #batch: Batch;
  readonly #alike = new AlikeRequests();
  /** The latest requests, if they are like others. */
  #latest: RequestRuns | undefined;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
    this.#batch = new Batch(session.connection);
  }

  /** Puts a request behind the others. One with a number out of range is a {@link RangeError}, and not added. */
  add(request: IpvsRequest): void {
    const pattern = this.#alike.find(request);
    if (pattern) {
      this.addLike(pattern, this.#alike.endpoints, 1);
      return;
    }
    this.#alike.learn(request, this.#batch.add(this.#session.requestOf(toCommand(request))));
    this.#latest = undefined;
  }

  /**
   * For {@link addLike} of this client's batches: what `request` is but for IPv4 addresses and ports; `undefined` where it has
   * none.
   */
  patternOf(request: IpvsRequest): RequestPattern | undefined {
    const message = new Batch(this.#session.connection).add(this.#session.requestOf(toCommand(request)));
    return RequestPattern.of(request, message);
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
    return this.#session.connection.inTurn(() => this.carryOutNow(progress));
  }

  /**
   * The same, for who has its turn.
   * @internal
   */
  carryOutNow(progress?: (done: number) => void): Promise<Outcome[]> {
    return this.#batch.carryOut(progress);
  }
}
