import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatCounter, formatExactCounter } from '../../src/view/counter.ts';

/** Output of ipvsadm 1.31, captured while the counters in the kernel's answers were modified in transit. */
const samples: readonly [bigint, string][] = [
  [0n, '        0'],
  [99_999_999n, ' 99999999'],
  [100_000_000n, '  100000K'],
  [123_456_789n, '  123456K'],
  [1_234_567_890n, '    1234M'],
  [99_999_999_999n, '   99999M'],
  [100_000_000_000n, '     100G'],
  [99_999_999_999_999n, '   99999G'],
  [100_000_000_000_000n, '     100T'],
  [1_234_567_890_123_456_789n, ' 1234567T'],
  [18_446_744_073_709_551_615n, '18446744T'],
];

describe('formatCounter', () => {
  for (const [counter, text] of samples)
    it(`formats ${counter} as ${text.trim()}`, () => assert.equal(formatCounter(counter), text));
});

describe('formatExactCounter', () => {
  it('writes all digits, after at least one blank', () => {
    assert.equal(formatExactCounter(5n), '        5');
    assert.equal(formatExactCounter(18_446_744_073_709_551_615n), ' 18446744073709551615');
  });
});
