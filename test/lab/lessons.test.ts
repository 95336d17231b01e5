import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { numericOnly } from '../../src/rules/names.ts';
import { parseCommand } from '../../src/rules/parse.ts';
import { lessons, listOfLessons } from './lessons.ts';

/** Columns of a terminal. */
const width = 80;

describe('the lessons', () => {
  it('have unique names', () => {
    assert.equal(new Set(lessons.map(({ name }) => name)).size, lessons.length);
  });

  it(`fit into ${width} columns`, () => {
    const lines = lessons.flatMap(({ introduction, steps }) => [
      ...introduction,
      ...steps.flatMap(({ title, words = [] }) => [title, ...words]),
    ]);
    assert.deepEqual(
      [...lines, ...listOfLessons.split('\n')].filter((line) => [...line].length > width),
      [],
    );
  });

  it('type valid commands, on machines that exist', () => {
    for (const { name, layout, steps, serving, desk = 'director' } of lessons) {
      for (const machine of ['client', desk, ...Object.keys(serving)]) assert.ok(layout[machine], name);
      for (const typed of steps.flatMap((step) => step.typed ?? [])) {
        const { on, line } = typeof typed === 'string' ? { on: desk, line: typed } : typed;
        assert.ok(layout[on], `${name}: ${on}`);
        const [program, ...words] = line.split(' ');
        if (program === 'ipvsadm') parseCommand(words, numericOnly);
      }
    }
  });
});
