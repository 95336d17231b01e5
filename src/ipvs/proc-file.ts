import { openFile } from '#files';
import { lineBlocks } from '../runtime/line-blocks.ts';

/** Reads a file of `/proc/net` as {@link lineBlocks} does. Throws what open(2) and read(2) do. */
export function* readLineBlocks(path: string): Generator<Buffer> {
  const file = openFile(path);
  try {
    yield* lineBlocks(file);
  } finally {
    file.close();
  }
}
