import { platform } from '#platform';
import { lineBlocks } from '../../platform/line-blocks.ts';

/** Reads a file of `/proc/net` as {@link lineBlocks} does. Throws what open(2) and read(2) do. */
export function* readLineBlocks(path: string): Generator<Buffer> {
  const file = platform.openFile(path);
  try {
    yield* lineBlocks(file);
  } finally {
    file.close();
  }
}
