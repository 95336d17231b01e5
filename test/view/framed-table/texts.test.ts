import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nonBreaking, wrap } from '../../../src/view/framed-table/layout.ts';
import { formatRate } from '../../../src/view/framed-table/rate-text.ts';

describe('wrap', () => {
  it('ends, and loses nothing, where there is no room beside the indent', () => {
    for (const text of ['  -> 10.0.0.1:80', '  服務器 x:80', 'ab', '  ']) {
      for (const indent of ['', '  ', '     ']) {
        for (let width = -3; width < 12; width++) {
          const wrapped = wrap(text, width, indent).join('');
          assert.equal(wrapped.replaceAll(' ', ''), text.replaceAll(' ', ''), `${text}, ${indent}, ${width}`);
        }
      }
    }
  });

  it('drops nothing but blanks, and stays within the width', () => {
    const text = fc.array(fc.stringMatching(/^[a-z0-9:.[\]]{1,30}$/), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(text, fc.integer({ min: 8, max: 60 }), (words, width) => {
        const lines = wrap(words.join(' '), width, '  ');
        for (const line of lines) assert.ok(line.length <= width);
        assert.equal(lines.join('').replaceAll(' ', ''), words.join(''));
      }),
    );
  });

  it('breaks addresses after a colon', () => {
    assert.deepEqual(wrap('  [2001:db8:1234:5678::1]:80', 20, '  '), ['  [2001:db8:1234:', '  5678::1]:80']);
    assert.deepEqual(wrap('  [2001:db8:1234::1]:80', 21, '  '), ['  [2001:db8:1234::', '  1]:80']);
  });
});

describe('nonBreaking', () => {
  it('keeps words on one line', () => {
    const text = `FWM 1 sh ${nonBreaking('persistent 300')} ${nonBreaking('mask 255.255.255.0')}`;
    assert.deepEqual(wrap(text, 28, '  '), ['FWM 1 sh persistent 300', '  mask 255.255.255.0']);
    assert.deepEqual(wrap(text, 80), ['FWM 1 sh persistent 300 mask 255.255.255.0']);
  });
});

describe('formatRate', () => {
  for (const [rate, text] of [
    [0, '0'],
    [0.04, '0'],
    [0.05, '0.1'],
    [0.049, '0'],
    [1, '1.0'],
    [9.94, '9.9'],
    [9.95, '10'],
    [99_999, '99999'],
    [99_999.6, '100K'],
    [123_456, '123K'],
    [999_600, '1.00M'],
    [12_345_678, '12.3M'],
    [1e18, '1.00E'],
  ] as const) {
    it(`formats ${rate} as ${text}`, () => assert.equal(formatRate(rate, false), text));
  }

  it('prints all digits if exact', () => assert.equal(formatRate(12_345_678.4, true), '12345678'));
});
