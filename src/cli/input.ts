import { platform } from '#platform';
import { lineBlocks } from '../platform/line-blocks.ts';

/** All of standard input, in blocks of whole lines. Throws what read(2) does. */
export function readInput(): string[] {
  const input = { read: (block: Uint8Array, at: number) => platform.readSome(0, block, at) };
  return Array.from(lineBlocks(input), (block) => block.toString('utf8'));
}
