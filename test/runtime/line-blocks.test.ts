import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readLineBlocks } from '../../src/ipvs/proc-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-lines-'));
after(() => rmSync(folder, { recursive: true }));

/** The blocks of a file with that text. */
function blocksOf(text: string): string[] {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return Array.from(readLineBlocks(path), (block) => block.toString('latin1'));
}

describe('readLineBlocks', () => {
  it('gives all of a large file, in whole lines', () => {
    let text = '';
    for (let line = 0; line < 20_000; line++) text += `${'x'.repeat(line % 97)}${line}\n`;
    const blocks = blocksOf(text);
    assert.ok(blocks.length > 3);
    assert.ok(blocks.every((block) => block.endsWith('\n')));
    assert.equal(blocks.join(''), text);
  });

  it('gives nothing of an empty file', () => assert.deepEqual(blocksOf(''), []));
});
