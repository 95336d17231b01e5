import { visible } from '../rules/visible.ts';
import { FileOutput } from './output.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';

/** Runs a command on this process's arguments and streams, and ends the process with the status it gives. */
export async function runProcess(
  command: (words: readonly string[], streams: Streams) => Promise<number>,
): Promise<never> {
  const out = new FileOutput(1);
  const err = new FileOutput(2);
  let result: number;
  try {
    result = await command(process.argv.slice(2), {
      input: async () => (await import('./input.ts')).readInput(),
      out,
      err,
    });
    out.flush();
    err.flush();
  } catch (error) {
    result = (error as NodeJS.ErrnoException).code === 'EPIPE' ? status.brokenPipe : tell(error);
  }
  process.exit(result);
}

/** Says in one line that something went wrong that nobody thought of. */
function tell(error: unknown): number {
  const reason = error instanceof Error ? error.message : String(error);
  const err = new FileOutput(2);
  err.write(`ipvsadm: ${visible(reason.split('\n')[0] ?? '')}\n`);
  try {
    err.flush();
  } catch {
    // Nobody is there to be told.
  }
  return 1;
}
