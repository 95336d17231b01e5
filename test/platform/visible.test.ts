import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quoted, visible, withoutInvisible } from '../../src/platform/visible.ts';

describe('visible', () => {
  it('leaves visible characters and spaces unchanged', () => {
    for (const word of ['ipvsadm -A', '192.0.2.1:80', 'Grüße', '服務', '🙂', '\\u200b'])
      assert.equal(visible(word), word);
  });

  it('escapes control characters, direction marks, blanks, separators and fillers', () => {
    assert.equal(visible('\0\t\n\x1b\x7f\x85'), '\\u0000\\u0009\\u000a\\u001b\\u007f\\u0085');
    assert.equal(visible('\u200b\u200d\u2060\ufeff\u00ad'), '\\u200b\\u200d\\u2060\\ufeff\\u00ad');
    assert.equal(visible('\u202e\u2066\u200f'), '\\u202e\\u2066\\u200f');
    assert.equal(visible('\u00a0\u2003\u3000\u2028\u2029'), '\\u00a0\\u2003\\u3000\\u2028\\u2029');
    assert.equal(visible('\u3164\u2800\ufe0f\u{e0041}\ud800'), '\\u3164\\u2800\\ufe0f\\u{e0041}\\ud800');
  });
});

describe('quoted', () => {
  it('returns JSON with invisible characters escaped', () => {
    assert.equal(quoted('a"\n\x85\u202e\u{e0041}\ud800'), '"a\\"\\n\\u0085\\u202e\\u{e0041}\\ud800"');
  });
});

describe('withoutInvisible', () => {
  it('removes the characters that visible escapes', () => {
    assert.equal(withoutInvisible('a\x1b[m\x9b b\u202e\u00a0\u3164.服務'), 'a[m b.服務');
  });
});
