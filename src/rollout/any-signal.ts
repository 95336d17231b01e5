/**
 * Runs a task with a signal that aborts as soon as any of `signals` does. Unlike with `AbortSignal.any`, a signal that
 * lasts as long as the process keeps no reference to it afterwards.
 */
export async function withAnySignal<T>(
  signals: readonly (AbortSignal | undefined)[],
  task: (any: AbortSignal) => Promise<T>,
): Promise<T> {
  const any = new AbortController();
  const abort = () => any.abort();
  for (const signal of signals) {
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  }
  try {
    return await task(any.signal);
  } finally {
    for (const signal of signals) signal?.removeEventListener('abort', abort);
  }
}
