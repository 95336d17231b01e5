import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chalk } from 'chalk';
import { drawTable } from '../../../src/cli/fleet/table.ts';

describe('a table', () => {
  it('is aligned by the width of wide characters, and without colour codes', () => {
    const paint = new Chalk({ level: 1 });
    const text = drawTable(
      ['Director', 'Group', 'State'],
      [
        ['lb1', '東京東京', paint.red('設定が違います')],
        ['lb2', 'b', 'well'],
      ],
      new Chalk({ level: 0 }),
    );
    assert.equal(
      text,
      [
        'Director  Group     State',
        `lb1       東京東京  ${paint.red('設定が違います')}`,
        'lb2       b         well',
        '',
      ].join('\n'),
    );
  });
});
