import { platform } from '#platform';
import type { OpenFile } from './port.ts';

const blockSize = 128 * 1024;
const pageSize = 4096;
const lineFeed = 10;

/**
 * Reads a file in large blocks of whole lines, with their line feeds; only the last line may lack one. A block is valid
 * until the next is requested. The kernel returns a file of `/proc` one page at a time, however much is requested
 * (`seq_read_iter`, fs/seq_file.c), so each block gathers as many pages as it holds. Throws when read(2) fails.
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
    // The line is longer than the block.
    if (end === 0) block = Buffer.concat([block], 2 * block.length);
  }
}
