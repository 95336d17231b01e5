import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isText, readText } from '../../src/netlink/text.ts';
import { hex } from './hex.ts';

describe('isText', () => {
  const { buffer } = hex('ffff 776c6300 776c0000');
  for (const [length, wanted, isIt] of [
    [4, 'wlc', true],
    [3, 'wlc', true],
    [2, 'wl', true],
    [4, 'wl', false],
    [4, 'wlcr', false],
    [8, 'wlc', true],
    [4, 'lc', false],
    [4, '', false],
    [0, '', true],
  ] as const) {
    it(`${isIt ? 'finds' : 'does not find'} ${JSON.stringify(wanted)} in ${length} bytes`, () => {
      const view = new DataView(buffer);
      assert.equal(isText(view, 2, length, wanted), isIt);
      assert.equal(readText(view, 2, length) === wanted, isIt);
    });
  }
});
