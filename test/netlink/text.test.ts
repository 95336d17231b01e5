import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readText } from '../../src/netlink/text.ts';
import { hex } from './hex.ts';

describe('readText', () => {
  const { buffer } = hex('ffff 776c6300 776c0000 e282ac00 e282ac');
  for (const [start, length, text] of [
    [2, 4, 'wlc'],
    [2, 3, 'wlc'],
    [2, 2, 'wl'],
    [2, 8, 'wlc'],
    [2, 0, ''],
    [9, 1, ''],
    [10, 4, '€'],
    [14, 3, '€'],
  ] as const) {
    it(`reads ${JSON.stringify(text)} from ${length} bytes at offset ${start}`, () => {
      assert.equal(readText(new DataView(buffer), start, length), text);
    });
  }
});
