/** Runs `task` with a signal that Ctrl-C, SIGTERM and SIGUSR1, at which Node would start its debugger, abort. */
export async function untilSignal<T>(task: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of endings) process.on(signal, end);
  try {
    return await task(stop.signal);
  } finally {
    for (const signal of endings) process.off(signal, end);
  }
}

const endings = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;
