import { sleep } from '../../rollout/sleep.ts';
import { StoreError } from './error.ts';
import { notLongAfter } from './not-long-after.ts';
import type { Store } from './store.ts';

/** Options of {@link retryWhileUnreachable}. */
export interface RetryOptions {
  /** Ends the retries: the last error is thrown. A store that hangs then is not waited for. */
  readonly stop: AbortSignal;
  /** Reports that the store cannot be reached; called after each attempt. */
  readonly onUnreachable: (sentence: string) => void;
}

/** First and longest pause between two attempts, in milliseconds. */
const firstPause = 500;
const longestPause = 15_000;

/** Runs a task; retries at growing intervals while the store cannot be reached. */
export async function retryWhileUnreachable<T>(
  { stop, onUnreachable }: RetryOptions,
  task: () => Promise<T>,
): Promise<T> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await notLongAfter(stop, task(), noAnswer);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'unreachable' || stop.aborted) throw error;
      onUnreachable(error.message);
      await sleep(pause * (0.5 + Math.random()), stop);
      // Who was told to stop does nothing more.
      if (stop.aborted) throw error;
    }
  }
}

async function noAnswer(): Promise<never> {
  throw new StoreError('unreachable', 'the store', 'it has not answered yet');
}

/** Options of {@link waitForChange}. */
export interface WaitOptions {
  readonly stop: AbortSignal;
  /** Maximum time to wait. */
  readonly milliseconds: number;
  /** Time to wait after a change, in milliseconds: collects changes that come together. */
  readonly settle: number;
}

/**
 * Waits until something below a path changes after a revision, or the time is up. Errors of the watch do not matter, as the path is
 * read again anyway.
 */
export async function waitForChange(
  store: Store,
  path: string,
  revision: bigint,
  { stop, milliseconds, settle }: WaitOptions,
): Promise<void> {
  const begun = performance.now();
  try {
    await store.watch(path, revision + 1n, stop, milliseconds);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  // Avoids a storm of reads too, if the watch fails at once.
  if (performance.now() - begun < milliseconds) await sleep(Math.min(settle, milliseconds), stop);
}
