import type { KeyObject } from 'node:crypto';
import type { PlanOptions } from '../../rules/plan.ts';
import type { Keys } from '../documents/keys.ts';
import type { Store } from '../store/store.ts';
import type { Director } from './director.ts';
import type { Keeper } from './keeper.ts';

/** Everything that an agent works with. */
export interface Agent {
  readonly store: Store;
  readonly keys: Keys;
  readonly fleet: string;
  /** Its director's name. */
  readonly name: string;
  readonly director: Director;
  readonly keeper: Keeper;
  /** Scope and guards of its plans. */
  readonly options: PlanOptions;
  /** Keys of which one must have signed a revision; absent: signatures are not asked for. */
  readonly trusted?: readonly KeyObject[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly version: string;
  /** Tells the agent to end. */
  readonly stop: AbortSignal;
  /** Takes a sentence for the log. */
  readonly log: (sentence: string) => void;
}
