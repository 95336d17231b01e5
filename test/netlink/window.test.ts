import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Window } from '../../src/netlink/window.ts';

/** How many requests of these lengths the first window takes. */
function taken(lengths: readonly number[], receiveBufferSize: number): number {
  const window = new Window(receiveBufferSize);
  const index = lengths.findIndex((length) => window.take(length, 1) === 0);
  return index < 0 ? lengths.length : index;
}

describe('Window', () => {
  it('takes few requests together', () => {
    assert.equal(taken([100, 60, 40], 425984), 3);
  });

  it('keeps the answers to 128-byte requests, 1536 bytes of memory each, within half of the receive buffer', () => {
    assert.equal(taken(new Array(10).fill(128), 2 * 4 * 1536), 4);
  });

  it('takes of requests of one length as many as there is room for, as it does one by one', () => {
    for (const length of [20, 128, 160, 4000, 70_000]) {
      for (const receiveBufferSize of [2304, 425984, 2 ** 30]) {
        const window = new Window(receiveBufferSize);
        const first = window.take(length, 3);
        const all = first + window.take(length, 10_000);
        assert.equal(all, taken(new Array(10_003).fill(length), receiveBufferSize));
        assert.equal(window.take(length, 1), 0);
      }
    }
  });

  it('lets one request through whatever it costs', () => {
    assert.equal(taken([100000, 128], 2304), 1);
  });

  it('keeps datagrams within 64 KiB', () => {
    assert.equal(taken(new Array(1000).fill(160), 2 ** 30), Math.floor(65536 / 160));
  });
});
