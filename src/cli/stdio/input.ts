import { platform } from '#platform';
import { errnoOf } from '../../platform/errors.ts';
import { lineBlocks } from '../../platform/line-blocks.ts';
import { strerror } from '../../platform/strerror.ts';
import { visible } from '../../platform/visible.ts';

/** An error for input that cannot be read. Its message is for the user. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

type Readable = Parameters<typeof lineBlocks>[0];

const standardInput: Readable = {
  read: (block, at) => platform.readSome(0, block, at),
};

/**
 * Reads a whole file in blocks of whole lines; without a path, standard input.
 *
 * @throws {InputError} where it cannot be read.
 */
export function readInput(path?: string): Buffer[] {
  try {
    return path === undefined ? readAll(standardInput) : readFile(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const name = path === undefined ? 'standard input' : visible(path);
    throw new InputError(`cannot read ${name}: ${strerror(errno)}`, { cause: error });
  }
}

function readFile(path: string): Buffer[] {
  const file = platform.openFile(path);
  try {
    return readAll(file);
  } finally {
    file.close();
  }
}

function readAll(file: Readable): Buffer[] {
  return Array.from(lineBlocks(file), (block) => Buffer.from(block));
}
