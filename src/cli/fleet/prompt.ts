import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * Reads one line from the terminal. Resolves to undefined at its end (Ctrl-D), when the terminal hangs up (SIGHUP), and as soon as
 * `stop` aborts. The terminal is left in its own line mode, in which Ctrl-C is a signal, as everywhere else.
 */
export function readLine(input: Readable, stop: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input, terminal: false });
  return new Promise<string | undefined>((resolve) => {
    const close = () => lines.close();
    lines.once('line', (line) => {
      resolve(line);
      close();
    });
    lines.once('close', () => {
      stop.removeEventListener('abort', close);
      process.off('SIGHUP', close);
      resolve(undefined);
    });
    process.on('SIGHUP', close);
    if (stop.aborted) close();
    else stop.addEventListener('abort', close);
  });
}
