import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasUtf8, type TerminalFacts, viewWidth, wantsColors } from '../../../src/cli/stdio/terminal.ts';

const terminal: TerminalFacts = { isTerminal: true, columns: 100, env: { TERM: 'xterm' } };
const file: TerminalFacts = { isTerminal: false, env: { TERM: 'xterm' } };

function withEnv(facts: TerminalFacts, env: TerminalFacts['env']): TerminalFacts {
  return { ...facts, env: { ...facts.env, ...env } };
}

describe('wantsColors', () => {
  it('depends on the terminal by default', () => {
    assert.equal(wantsColors(undefined, terminal), true);
    assert.equal(wantsColors(undefined, file), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { TERM: 'dumb' })), false);
  });

  it('respects NO_COLOR and FORCE_COLOR unless they are empty', () => {
    assert.equal(wantsColors(undefined, withEnv(terminal, { NO_COLOR: '1' })), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { NO_COLOR: '' })), true);
    assert.equal(wantsColors(undefined, withEnv(file, { FORCE_COLOR: '1' })), true);
    assert.equal(wantsColors(undefined, withEnv(file, { FORCE_COLOR: '' })), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { FORCE_COLOR: '0' })), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })), true);
  });

  it('gives precedence to --color', () => {
    assert.equal(wantsColors('always', withEnv(file, { NO_COLOR: '1' })), true);
    assert.equal(wantsColors('never', withEnv(terminal, { FORCE_COLOR: '1' })), false);
  });
});

describe('hasUtf8', () => {
  for (const [env, expected] of [
    [{}, false],
    [{ LANG: 'C' }, false],
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C.UTF-8', LC_CTYPE: 'C' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C', LC_ALL: 'en_GB.UTF-8' }, true],
    [{ LANG: 'C.UTF-8', LC_ALL: '' }, true],
  ] as const) {
    it(`returns ${expected} for ${JSON.stringify(env)}`, () =>
      assert.equal(hasUtf8({ isTerminal: true, env }), expected));
  }
});

describe('viewWidth', () => {
  it('returns the width of the terminal', () =>
    assert.equal(viewWidth(withEnv(terminal, { COLUMNS: '50' })), 100));
  it('returns 80 if the width of the terminal is unknown', () =>
    assert.equal(viewWidth({ isTerminal: true, env: {} }), 80));
  it('returns no limit for a file', () => assert.equal(viewWidth(file), undefined));
  it('returns COLUMNS for a file', () => assert.equal(viewWidth(withEnv(file, { COLUMNS: '50' })), 50));
  it('ignores an invalid value of COLUMNS', () =>
    assert.equal(viewWidth(withEnv(file, { COLUMNS: '-5' })), undefined));
});
