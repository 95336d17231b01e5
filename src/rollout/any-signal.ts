/**
 * Runs a task with a signal that is aborted as soon as one of several is. In contrast to `AbortSignal.any`, a signal that lasts as
 * long as the process remembers nothing of it afterwards.
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
