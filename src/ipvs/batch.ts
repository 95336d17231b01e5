import { Batch, type Requests } from '../netlink/batch.ts';
import type { Outcome } from '../netlink/errors.ts';
import { type IpvsRequest, toCommand } from './requests.ts';
import type { Session } from './session.ts';

/** Requests that wait to be carried out together. */
export class IpvsBatch {
  readonly #session: Session;
  readonly #batch: Batch;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
    this.#batch = new Batch(session.connection);
  }

  /** Puts a request behind the others. One with a number out of range is a {@link RangeError}, and not added. */
  add(request: IpvsRequest): void {
    this.#batch.add(this.#session.requestOf(toCommand(request)));
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
    return this.#session.connection.inTurn(() => this.carryOutNow(progress));
  }

  /**
   * Carries the requests out for a caller that has the connection's turn.
   * @internal
   */
  carryOutNow(progress?: (done: number) => void): Promise<Outcome[]> {
    return this.#batch.carryOut(progress);
  }
}
