import { errnoOf } from '../../platform/errors.ts';
import { strerror } from '../../platform/strerror.ts';
import { systemErrorSentence } from '../../platform/system-error.ts';
import { visible } from '../../platform/visible.ts';
import { lazy } from '../lazy.ts';
import { status } from '../status.ts';
import { FileOutput, type Output } from './output.ts';
import type { Streams } from './streams.ts';

/**
 * Runs a command on this process's arguments and streams, and ends the process with the status that it resolves to. If it
 * fails unexpectedly, its output so far is flushed all the same, and the reason is printed in one line that begins with
 * `name`, the program's.
 *
 * Standard output that cannot be written is such a failure. Messages that cannot be written change nothing: the status tells
 * what the command has done, also where the disk with the log is full.
 */
export async function runProcess(
  command: (words: readonly string[], streams: Streams) => Promise<number>,
  name = 'ipvsadm',
): Promise<never> {
  const out = new FileOutput(1, failOutput);
  const err = new FileOutput(2, () => {});
  let result: number;
  try {
    result = await command(process.argv.slice(2), {
      input: async () => (await lazy.input()).readInput(),
      out,
      err,
    });
    out.flush();
  } catch (error) {
    flushIfPossible(out);
    result = isBrokenPipe(error) ? status.brokenPipe : status.unexpected;
    if (result === status.unexpected) err.write(`${name}: ${reasonOf(error)}\n`);
  }
  err.flush();
  process.exit(result);
}

/** Throws an error with a sentence about standard output, and the code of `error`. */
function failOutput(error: unknown): never {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  const sentence = `cannot write standard output: ${strerror(errno)}`;
  const { code } = error as NodeJS.ErrnoException;
  throw Object.assign(new Error(sentence, { cause: error }), { code });
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** Returns the first line of an error's message, with its invisible characters escaped. */
function reasonOf(error: unknown): string {
  const reason = systemErrorSentence(error) ?? (error instanceof Error ? error.message : String(error));
  return visible(reason.split('\n', 1).join());
}

function flushIfPossible(output: Output): void {
  try {
    output.flush();
  } catch {
    // There is nowhere left to report this.
  }
}
