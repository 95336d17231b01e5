import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Screen } from '../../../src/cli/watch/screen.ts';

/** Creates a screen; `written` returns its output since the last call. */
function recorded(): { screen: Screen; written: () => string } {
  let text = '';
  const screen = new Screen({
    write: (piece) => {
      text += piece;
    },
    flush: () => {},
  });
  const written = () => {
    const all = text;
    text = '';
    return all;
  };
  return { screen, written };
}

describe('Screen', () => {
  it('switches to the alternate screen without a cursor, and back', () => {
    const { screen, written } = recorded();
    screen.open();
    assert.equal(written(), '\x1b[?1049h\x1b[?25l\x1b[?7l');
    screen.close();
    screen.close();
    assert.equal(written(), '\x1b[?7h\x1b[?25h\x1b[?1049l');
  });

  it('writes only the lines that have changed', () => {
    const { screen, written } = recorded();
    screen.open();
    screen.draw(['one', 'two', 'three'], 80);
    written();
    screen.draw(['one', 'TWO', 'three'], 80);
    assert.equal(written(), '\x1b[?2026h\x1b[2;1HTWO\x1b[K\x1b[?25l\x1b[?2026l');
    screen.forget();
    screen.draw(['one', 'TWO', 'three'], 80);
    assert.match(written(), /\[2J.*one.*TWO.*three/);
  });

  it('does not erase the last character of a full line', () => {
    const { screen, written } = recorded();
    screen.open();
    screen.draw(['\x1b[1mfive!\x1b[22m', 'four'], 5);
    const text = written();
    assert.ok(text.includes('five!\x1b[22m\x1b[2;1H'));
    assert.ok(text.includes('four\x1b[K'));
  });

  it('shows the cursor in the input line', () => {
    const { screen, written } = recorded();
    screen.open();
    screen.draw(['', 'text'], 80, 5);
    assert.ok(written().endsWith('\x1b[2;5H\x1b[?25h\x1b[?2026l'));
  });

  it('writes nothing while it is closed', () => {
    const { screen, written } = recorded();
    screen.draw(['text'], 80);
    assert.equal(written(), '');
  });
});
