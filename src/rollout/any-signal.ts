/**
 * Runs a task with a signal that aborts as soon as any of `signals` does. Unlike with `AbortSignal.any`, a signal that
 * lasts as long as the process keeps no reference to it afterwards.
 */
export async function withAnySignal<T>(
  signals: readonly (AbortSignal | undefined)[],
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const combined = new AbortController();
  const abort = () => combined.abort();
  for (const signal of signals) {
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  }
  try {
    return await task(combined.signal);
  } finally {
    for (const signal of signals) signal?.removeEventListener('abort', abort);
  }
}
