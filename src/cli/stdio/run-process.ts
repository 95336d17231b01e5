import { visible } from '../../platform/visible.ts';
import { lazy } from '../lazy.ts';
import { status } from '../status.ts';
import { FileOutput, type Output } from './output.ts';
import type { Streams } from './streams.ts';

/**
 * Runs a command on this process's arguments and streams, and ends the process with the status that it resolves to. If it
 * fails unexpectedly, its output so far is flushed all the same, and the reason is printed in one line.
 */
export async function runProcess(
  command: (words: readonly string[], streams: Streams) => Promise<number>,
): Promise<never> {
  const out = new FileOutput(1);
  const err = new FileOutput(2);
  let result: number;
  try {
    result = await command(process.argv.slice(2), {
      input: async () => (await lazy.input()).readInput(),
      out,
      err,
    });
    out.flush();
    err.flush();
  } catch (error) {
    flushIfPossible(out);
    result = isBrokenPipe(error) ? status.brokenPipe : status.unexpected;
    if (result === status.unexpected) err.write(`ipvsadm: ${reasonOf(error)}\n`);
    flushIfPossible(err);
  }
  process.exit(result);
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** Returns the first line of an error's message, with its invisible characters escaped. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return visible(reason.split('\n', 1).join());
}

function flushIfPossible(output: Output): void {
  try {
    output.flush();
  } catch {
    // There is nowhere left to report this.
  }
}
