import { platform } from '#platform';
import type { OpenFile } from './port.ts';

const blockSize = 128 * 1024;
const pageSize = 4096;
const lineFeed = 10;

/**
 * Reads a file in large blocks of whole lines, each with its line feed, which only the last may be without; valid until the
 * next is asked for. Of a file of `/proc` the kernel hands out a page at a time (`seq_read_iter`, fs/seq_file.c), whatever is
 * asked for, so as many pages are gathered as the block holds. Throws what read(2) does.
 */
export function* lineBlocks(file: Pick<OpenFile, 'read'>): Generator<Buffer> {
  let block = Buffer.allocUnsafe(blockSize);
  let filled = 0;
  for (;;) {
    const length = file.read(block, filled);
    filled += length;
    const isLast = length === 0;
    if (!isLast) {
      if (filled < block.length - pageSize) continue;
      platform.beginBulk();
    }
    const end = isLast ? filled : block.subarray(0, filled).lastIndexOf(lineFeed) + 1;
    if (end > 0) yield block.subarray(0, end);
    if (isLast) return;
    block.copyWithin(0, end, filled);
    filled -= end;
    // A line that is longer than the block.
    if (end === 0) block = Buffer.concat([block], 2 * block.length);
  }
}
