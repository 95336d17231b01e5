import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after `milliseconds`, or as soon as `stop` aborts. */
export function sleep(milliseconds: number, stop?: AbortSignal): Promise<void> {
  return wait(milliseconds, undefined, { signal: stop }).catch(() => {});
}
