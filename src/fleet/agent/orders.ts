import type { DesiredState } from '../../rules/desired.ts';
import type { Refusal, Report } from '../documents/report.ts';
import type { StoreView } from './decide.ts';
import type { Memory } from './memory.ts';

/** Orders of a source: what it wants of this director, and of all. */
export interface Orders {
  readonly view: StoreView;
  /** Servers that are to get no new connections, earliest first; absent where the source does not tell. */
  readonly overrides: readonly string[] | undefined;
  /** A sentence that says why the source cannot be reached; absent where it can. */
  readonly trouble?: string | undefined;
}

/** A revision as an agent takes it, or the reason why it does not. */
export type Fetched =
  | {
      readonly kind: 'taken';
      readonly sha256: string;
      readonly rules: string;
      readonly desired: DesiredState;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The source cannot be reached. */
  | { readonly kind: 'unreachable' };

/** Where an agent gets its orders from, and where its reports go. */
export interface OrderSource {
  /** Reads the orders. A source that cannot be reached, or understood, is no error. */
  read(memory: Memory): Promise<Orders>;
  /** Fetches a revision that orders name, and checks all that can be checked without the kernel. */
  fetch(revision: number): Promise<Fetched>;
  /**
   * Takes a report.
   *
   * @throws {StoreError}
   */
  report(report: Report): Promise<void>;
  /** Waits until there may be other orders than these, the time is over, or `end` is aborted. */
  wait(orders: Orders, milliseconds: number, end?: AbortSignal): Promise<void>;
  /** Shows others that the agent runs, from soon on until {@link end}. */
  begin(): void;
  end(): Promise<void>;
}
