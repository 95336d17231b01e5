import type { Keys } from '../documents/keys.ts';
import { StoreError } from '../store/error.ts';
import { retryWhileUnreachable, waitForChange } from '../store/retry.ts';
import type { Store } from '../store/store.ts';
import type { FleetState } from './fleet-state.ts';

/** Options of {@link followFleet}. */
export interface FollowOptions<Fleet extends FleetState> {
  readonly store: Store;
  readonly keys: Keys;
  /** Reads the fleet: `readFleet` or `surveyFleet`. */
  readonly read: (store: Store, keys: Keys) => Promise<Fleet>;
  readonly stop: AbortSignal;
  /** Time in milliseconds after which the fleet is shown again though nothing has changed. */
  readonly milliseconds: number;
  /** Reports once that the store cannot be reached, and once that it can be reached again. */
  readonly onTrouble: (sentence: string) => void;
}

/**
 * Shows a fleet, and shows it again whenever it has changed, until there is a result or `stop` is aborted. Goes on when the store
 * is reachable again. Resolves to the result; undefined if it was stopped.
 */
export async function followFleet<Fleet extends FleetState, Result>(
  { store, keys, read, stop, milliseconds, onTrouble }: FollowOptions<Fleet>,
  show: (fleet: Fleet) => Result | undefined,
): Promise<Result | undefined> {
  let isAway = false;
  const onUnreachable = (sentence: string) => {
    if (!isAway) onTrouble(`waiting for the store: ${sentence}`);
    isAway = true;
  };
  while (!stop.aborted) {
    try {
      const fleet = await retryWhileUnreachable({ stop, onUnreachable }, () => read(store, keys));
      if (isAway) onTrouble('the store is reachable again');
      isAway = false;
      const result = show(fleet);
      if (result !== undefined) return result;
      await waitForChange(store, keys.state, fleet.revision, { stop, milliseconds, settle });
    } catch (error) {
      if (!(error instanceof StoreError) || !stop.aborted) throw error;
    }
  }
  return undefined;
}

/** Milliseconds between a change and the next read. */
const settle = 500;
