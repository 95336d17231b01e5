import type { PlanOptions } from '../../rules/plan.ts';
import type { Director } from './director.ts';
import type { Keeper } from './keeper.ts';
import type { OrderSource } from './orders.ts';

/** Dependencies of an agent. */
export interface Agent {
  readonly orders: OrderSource;
  readonly director: Director;
  readonly keeper: Keeper;
  /** Scope and guards of the agent's plans. */
  readonly options: PlanOptions;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  readonly version: string;
  /** Tells the agent to end. */
  readonly stop: AbortSignal;
  /** Logs a sentence. */
  readonly log: (sentence: string) => void;
}
