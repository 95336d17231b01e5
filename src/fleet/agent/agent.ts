import type { PlanOptions } from '../../rules/plan.ts';
import type { Director } from './director.ts';
import type { Keeper } from './keeper.ts';
import type { OrderSource } from './orders.ts';

/** Everything that an agent works with. */
export interface Agent {
  readonly orders: OrderSource;
  readonly director: Director;
  readonly keeper: Keeper;
  /** Scope and guards of its plans. */
  readonly options: PlanOptions;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly version: string;
  /** Tells the agent to end. */
  readonly stop: AbortSignal;
  /** Takes a sentence for the log. */
  readonly log: (sentence: string) => void;
}
