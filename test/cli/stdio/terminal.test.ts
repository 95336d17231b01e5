import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasUtf8, type TerminalFacts, viewWidth, wantsColors } from '../../../src/cli/stdio/terminal.ts';

const terminal: TerminalFacts = { isTerminal: true, columns: 100, env: { TERM: 'xterm' } };
const file: TerminalFacts = { isTerminal: false, env: { TERM: 'xterm' } };

function withEnv(facts: TerminalFacts, env: TerminalFacts['env']): TerminalFacts {
  return { ...facts, env: { ...facts.env, ...env } };
}

describe('wantsColors', () => {
  it('goes by the terminal', () => {
    assert.equal(wantsColors(undefined, terminal), true);
    assert.equal(wantsColors(undefined, file), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { TERM: 'dumb' })), false);
  });

  it('heeds NO_COLOR and FORCE_COLOR, of which an empty one is none', () => {
    assert.equal(wantsColors(undefined, withEnv(terminal, { NO_COLOR: '1' })), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { NO_COLOR: '' })), true);
    assert.equal(wantsColors(undefined, withEnv(file, { FORCE_COLOR: '1' })), true);
    assert.equal(wantsColors(undefined, withEnv(file, { FORCE_COLOR: '' })), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { FORCE_COLOR: '0' })), false);
    assert.equal(wantsColors(undefined, withEnv(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })), true);
  });

  it('does what --color says before all', () => {
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
    it(JSON.stringify(env), () => assert.equal(hasUtf8({ isTerminal: true, env }), expected));
  }
});

describe('viewWidth', () => {
  it("is the terminal's", () => assert.equal(viewWidth(withEnv(terminal, { COLUMNS: '50' })), 100));
  it('is 80 where the terminal does not tell', () =>
    assert.equal(viewWidth({ isTerminal: true, env: {} }), 80));
  it('is any in a file', () => assert.equal(viewWidth(file), undefined));
  it('can be told', () => assert.equal(viewWidth(withEnv(file, { COLUMNS: '50' })), 50));
  it('ignores a value that makes no sense', () =>
    assert.equal(viewWidth(withEnv(file, { COLUMNS: '-5' })), undefined));
});
