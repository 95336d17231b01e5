import { Batch, type Requests } from '../netlink/batch.ts';
import type { Outcome } from '../netlink/errors.ts';
import type { Ipvs } from './client.ts';
import { type IpvsRequest, toCommand } from './requests.ts';

/** Requests that wait to be carried out together. */
export class IpvsBatch {
  readonly #ipvs: Ipvs;
  readonly #batch: Batch;

  /** @internal */
  constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
    this.#batch = new Batch(ipvs.connection);
  }

  /** Puts a request behind the others. One with a number out of range is a {@link RangeError}, and not added. */
  add(request: IpvsRequest): void {
    this.#batch.add(this.#ipvs.requestOf(toCommand(request)));
  }

  /**
   * Puts requests behind the others that are written when they are sent. More may be added to them as long as they are the last.
   * @internal
   */
  addLater(requests: Requests): void {
    this.#batch.addLater(requests);
  }

  /** Carries them out as `Ipvs.batch` does. `progress` is called now and then with the number of requests carried out. */
  carryOut(progress?: (done: number) => void): Promise<Outcome[]> {
    return this.#ipvs.connection.inTurn(() => this.#batch.carryOut(progress));
  }
}
