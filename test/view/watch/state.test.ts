import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Key, readKeys } from '../../../src/view/watch/keys.ts';
import { initialState, press, type ScrollArea, type WatchState } from '../../../src/view/watch/state.ts';

const screen: ScrollArea = { height: 10, lines: 25, sortable: ['Active', 'Conn/s'] };

/** Returns the state after some keys, given as a terminal sends them. */
function after(text: string, state: WatchState = initialState): WatchState {
  return readKeys(text).reduce((before, key) => press(before, key, screen).state, state);
}

describe('readKeys', () => {
  const cases: readonly [string, readonly Key[]][] = [
    ['q', [{ sign: 'q' }]],
    ['\x1b[A\x1b[B\x1bOA', ['up', 'down', 'up']],
    ['\x1b[5~\x1b[6~\x1b[H\x1b[4~', ['page-up', 'page-down', 'home', 'end']],
    ['\x1b', ['escape']],
    ['\x1b\x1b[A', ['escape', 'up']],
    ['a\r\x7f\x03', [{ sign: 'a' }, 'enter', 'backspace', 'interrupt']],
    ['\x1b[1;5Cä\x01', [{ sign: 'ä' }]],
    ['🦉', [{ sign: '🦉' }]],
  ];
  for (const [text, keys] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(readKeys(text), keys));
  }
});

describe('press', () => {
  it('quits, interrupts and suspends', () => {
    assert.equal(press(initialState, { sign: 'q' }, screen).action, 'quit');
    assert.equal(press(initialState, 'interrupt', screen).action, 'interrupt');
    assert.equal(press(initialState, 'suspend', screen).action, 'suspend');
  });

  it('pauses and continues', () => {
    assert.equal(after(' ').paused, true);
    assert.equal(after('  ').paused, false);
  });

  it('sorts by each column in turn, then by address again', () => {
    assert.deepEqual(
      ['s', 'ss', 'sss'].map((keys) => after(keys).sort),
      ['Active', 'Conn/s', undefined],
    );
  });

  it('filters by the typed text', () => {
    assert.deepEqual(after('/192q '), { ...initialState, prompt: '192q ' });
    assert.deepEqual(after('/192q\x7f.0\r'), { ...initialState, filter: '192.0' });
    assert.deepEqual(after('/x\x15y\r').filter, 'y');
    assert.deepEqual(after('/\x7f\x7f\r').filter, '');
    assert.deepEqual(after('/a\u{1f600}\u{1f600}\x7f\r').filter, 'a\u{1f600}');
  });

  it('takes no more of a filter than a name may have', () => {
    assert.deepEqual(after(`/${'x'.repeat(100_000)}`).prompt, 'x'.repeat(300));
    assert.deepEqual(after(`/${'\u{1f600}'.repeat(200)}`).prompt, '\u{1f600}'.repeat(150));
    assert.deepEqual(after(`/${'x'.repeat(299)}\u{1f600}\x7f\r`).filter, 'x'.repeat(298));
  });

  it('clears the filter on Escape, even while one is typed', () => {
    assert.deepEqual(after('/a\r\x1b'), initialState);
    assert.deepEqual(after('/a\r/b\x1b'), initialState);
  });

  it('interrupts while a filter is typed', () => {
    assert.equal(press(after('/a'), 'interrupt', screen).action, 'interrupt');
  });

  it('does not scroll beyond the first or last line', () => {
    assert.equal(after('\x1b[A').scroll, 0);
    assert.equal(after('jjk').scroll, 1);
    assert.equal(after('\x1b[6~').scroll, 9);
    assert.equal(after('\x1b[6~\x1b[6~').scroll, 15);
    assert.equal(after('\x1b[F').scroll, 15);
    assert.equal(after('\x1b[F\x1b[H').scroll, 0);
  });
});
