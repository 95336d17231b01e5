import { setTimeout as wait } from 'node:timers/promises';

/** Waits so many milliseconds, or until `stop` is aborted. */
export function sleep(milliseconds: number, stop?: AbortSignal): Promise<void> {
  return wait(milliseconds, undefined, stop ? { signal: stop } : {}).catch(() => {});
}
