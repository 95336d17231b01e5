import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayWidth } from '../../../src/view/display-width.ts';
import { themeFor } from '../../../src/view/framed-table/theme.ts';
import { initialState } from '../../../src/view/watch/state.ts';
import { bottomLine, statusLine } from '../../../src/view/watch/status-lines.ts';

const theme = themeFor({ utf8: true, colors: false });
const status = {
  ...{ info: undefined, interval: 1, time: new Date(2026, 0, 2, 3, 4, 5) },
  ...{ shown: [], all: [] },
};

describe('the status and bottom lines of a watch', () => {
  it('have the right width with wide characters in a filter', () => {
    const state = { ...initialState, filter: '服務器服務器' };
    const lineFor = (width: number) =>
      bottomLine(state, { lines: 20, height: 6, scroll: 0 }, theme, width).text;
    assert.equal(
      lineFor(80),
      'q quit  s sort  / only 服務器服務器, Esc clear  space pause            1-6 of 20',
    );
    assert.equal(lineFor(60), 'q quit  s sort  / only 服務器服務器, Esc clear  …  1-6 of 20');
    for (let width = 40; width <= 120; width++) assert.equal(displayWidth(lineFor(width)), width);
  });

  it('show the end of a long filter, in whole characters', () => {
    const lineFor = (prompt: string, width: number) =>
      bottomLine({ ...initialState, prompt }, { lines: 1, height: 6, scroll: 0 }, theme, width);
    assert.deepEqual(lineFor('192.0.2.1', 18), { text: 'Filter: 192.0.2.1', cursor: 18 });
    assert.deepEqual(lineFor('192.0.2.10', 18), { text: 'Filter: …2.0.2.10', cursor: 18 });
    assert.deepEqual(lineFor('服務器\u{1f600}', 16), { text: 'Filter: …務器\u{1f600}', cursor: 16 });
    assert.deepEqual(lineFor('服務器\u{1f600}', 15), { text: 'Filter: …器\u{1f600}', cursor: 14 });
    assert.deepEqual(lineFor('服務器\u{1f600}', 3), { text: 'Filter: …', cursor: 10 });
  });

  it('have the right width with wide characters in a message', () => {
    const lineFor = (width: number) =>
      statusLine({ ...status, error: '服務器沒有回應' }, initialState, theme, width);
    assert.equal(lineFor(40), '服務器沒有回應       every 1 s  03:04:05');
    assert.equal(lineFor(20), '服務器沒…   03:04:05');
    for (let width = 12; width <= 80; width++) assert.equal(displayWidth(lineFor(width)), width);
  });
});
