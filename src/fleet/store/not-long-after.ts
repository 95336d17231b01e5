/** Milliseconds for which a call of the store is still awaited when nobody needs its answer any more. */
const endTime = 2000;

/**
 * Awaits a call of the store; one that takes much longer than until `stop` aborts is left to itself, and `abandoned` takes its
 * place. A store that hangs answers only after a timeout for each of its members, for which nobody who pressed Ctrl-C waits.
 */
export function notLongAfter<T>(
  stop: AbortSignal,
  call: Promise<T>,
  abandoned: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onStop = () => {
      timer = setTimeout(() => resolve(abandoned()), endTime);
    };
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    };
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop);
    call.finally(end).then(resolve, reject);
  });
}
