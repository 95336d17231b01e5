import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { divide } from '../../src/netlink/window.ts';

describe('divide', () => {
  it('puts few requests into one window', () => {
    assert.deepEqual([...divide([100, 60, 40], 425984)], [{ from: 0, to: 3, start: 0, end: 200 }]);
  });

  it('makes no window of nothing', () => {
    assert.deepEqual([...divide([], 425984)], []);
  });

  it('keeps the answers to 128-byte requests, 1536 bytes of memory each, within half of the receive buffer', () => {
    const counts = [...divide(new Array(10).fill(128), 2 * 4 * 1536)].map(({ from, to }) => to - from);
    assert.deepEqual(counts, [4, 4, 2]);
  });

  it('lets one request through whatever it costs', () => {
    const counts = [...divide([128, 100000, 128], 2304)].map(({ from, to }) => to - from);
    assert.deepEqual(counts, [1, 1, 1]);
  });

  it('keeps datagrams within 64 KiB', () => {
    const windows = [...divide(new Array(1000).fill(160), 2 ** 30)];
    assert.equal(windows.length, 3);
    for (const { start, end } of windows) assert.ok(end - start <= 65536);
  });

  it('covers every request once, in order', () => {
    const length = fc.integer({ min: 4, max: 100 }).map((words) => 4 * words);
    fc.assert(
      fc.property(
        fc.array(length, { minLength: 1 }),
        fc.integer({ min: 2304, max: 100000 }),
        (lengths, size) => {
          let [next, offset] = [0, 0];
          for (const { from, to, start, end } of divide(lengths, size)) {
            assert.deepEqual([from, start], [next, offset]);
            assert.ok(to > from);
            for (const length of lengths.slice(from, to)) offset += length;
            assert.equal(end, offset);
            next = to;
          }
          assert.equal(next, lengths.length);
        },
      ),
    );
  });
});
