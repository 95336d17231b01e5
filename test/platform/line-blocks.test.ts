import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { platform } from '#platform';
import { lineBlocks } from '../../src/platform/line-blocks.ts';

/** Returns the blocks of a file with that text, of which each read returns at most `atATime` bytes. */
function blocksOf(text: string, atATime: number): string[] {
  const bytes = Buffer.from(text);
  let position = 0;
  const read = (block: Uint8Array, at: number) => {
    const length = bytes.copy(block, at, position, position + atATime);
    position += length;
    return length;
  };
  return Array.from(lineBlocks({ read }), (block) => block.toString('utf8'));
}

describe('lineBlocks', () => {
  it('yields all of a large file, in whole lines', () => {
    let text = '';
    for (let line = 0; line < 20_000; line++) text += `${'é'.repeat(line % 97)}${line}\n`;
    for (const atATime of [1000, 4096, 65_536, 2 ** 24]) {
      const blocks = blocksOf(text, atATime);
      assert.ok(blocks.length > 3);
      assert.ok(blocks.every((block) => block.endsWith('\n')));
      assert.equal(blocks.join(''), text);
    }
  });

  it('does not split a line that is longer than a block', () => {
    const long = `${'x'.repeat(1_000_000)}\n`;
    const blocks = blocksOf(`first\n${long}last\n`, 65_536);
    assert.equal(blocks.join(''), `first\n${long}last\n`);
    assert.ok(blocks.some((block) => block.includes(long)));
  });

  it('begins bulk work with a file that fills a block', (test) => {
    const { mock } = test.mock.method(platform, 'beginBulk', () => {});
    const filled = 128 * 1024 - 4096;
    blocksOf('x'.repeat(filled - 1), 65_536);
    assert.equal(mock.callCount(), 0);
    blocksOf('x'.repeat(filled), 65_536);
    assert.ok(mock.callCount() > 0);
  });

  it('yields the text after the last line feed', () => {
    assert.deepEqual(blocksOf('one\ntwo', 2), ['one\ntwo']);
    assert.deepEqual(blocksOf('one', 4096), ['one']);
  });

  it('yields nothing for an empty file', () => assert.deepEqual(blocksOf('', 4096), []));
});
