import { openFile } from '#files';

const blockSize = 128 * 1024;
const pageSize = 4096;
const lineFeed = 10;

/**
 * Reads a file of `/proc/net` in large blocks of whole lines, each with its line feed and valid until the next is asked
 * for. The kernel hands out a page at a time (`seq_read_iter`, fs/seq_file.c), whatever is asked for, so as many
 * pages are gathered as the block holds. Throws what open(2) and read(2) do.
 */
export function* readLineBlocks(path: string): Generator<Buffer> {
  const file = openFile(path);
  try {
    const block = Buffer.allocUnsafe(blockSize);
    let filled = 0;
    for (;;) {
      const length = file.read(block, filled);
      filled += length;
      const isLast = length === 0;
      if (!isLast && filled < blockSize - pageSize) continue;
      const end = block.subarray(0, filled).lastIndexOf(lineFeed) + 1;
      if (end > 0) yield block.subarray(0, end);
      if (isLast) return;
      block.copyWithin(0, end, filled);
      filled -= end;
    }
  } finally {
    file.close();
  }
}
