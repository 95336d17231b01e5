import type { DesiredState } from '../../rules/desired.ts';
import type { Refusal, Report } from '../documents/report.ts';
import type { ServerOrder } from '../overrides/server.ts';
import type { StoreView } from './decide.ts';
import type { Memory } from './memory.ts';

/** Orders from a source: those for this director, and those for all directors. */
export interface Orders {
  readonly view: StoreView;
  /** Orders to take servers out of service, earliest first; undefined if they could not be read. */
  readonly overrides: readonly ServerOrder[] | undefined;
  /** Whether the last report is not in the source any more, so that it has to be delivered again. */
  readonly isReportLost?: boolean;
  /** Reason why the source cannot be reached; absent if it can. */
  readonly trouble?: string | undefined;
}

/** A revision that an agent accepts, or the reason why there is none. */
export type Fetched =
  | {
      readonly kind: 'accepted';
      readonly sha256: string;
      readonly rules: string;
      readonly desired: DesiredState;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The source cannot be reached, for the reason in `trouble`. */
  | { readonly kind: 'unreachable'; readonly trouble: string };

/** Source of an agent's orders, and recipient of its reports. */
export interface OrderSource {
  /** Reads the orders. Does not throw if the source cannot be reached or understood; the result says so. */
  read(memory: Memory): Promise<Orders>;
  /** Fetches a revision named by orders, and checks everything that can be checked without the kernel. */
  fetch(revision: number): Promise<Fetched>;
  /**
   * Delivers a report.
   *
   * @throws {StoreError}
   */
  report(report: Report): Promise<void>;
  /** Waits until the orders may have changed, the time is up, or `end` is aborted. */
  wait(orders: Orders, milliseconds: number, end?: AbortSignal): Promise<void>;
  /** Starts showing others that the agent runs, as long as `isWell` returns true, until {@link end}. */
  begin(isWell: () => boolean): Promise<void>;
  end(): Promise<void>;
}
