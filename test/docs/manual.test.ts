import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { numericOnly } from '../../src/rules/names.ts';
import { parseCommand } from '../../src/rules/parse.ts';
import { readScenarios } from '../differential/scenario.ts';
import { mandoc, withMandoc } from './mandoc.ts';
import { literalLines, page, pages, section } from './manual.ts';

/** Width of a terminal in columns. */
const width = 80;

/** Matches overstriking: a character that is repeated for bold, or an underscore below the next one. */
const overstruck = new RegExp(`.${'\b'}`, 'gu');

describe('the manual', () => {
  for (const { name, path } of pages) {
    it(`${name}(8) passes mandoc -T lint`, withMandoc, () => {
      assert.equal(run('-Tlint', '-Wwarning', path), '');
    });

    for (const device of ['ascii', 'utf8']) {
      it(`${name}(8) fits ${width} columns in ${device}`, withMandoc, () => {
        const text = run(`-T${device}`, `-Owidth=${width}`, path).replaceAll(overstruck, '');
        assert.deepEqual(
          text.split('\n').filter((line) => [...line].length > width),
          [],
        );
      });
    }
  }

  it('contains only valid examples', () => {
    const examples = pages
      .flatMap(literalLines)
      .map((line) => line.replace(/ [<>].*$/, ''))
      .filter((line) => /^(ipvsadm|-[A-Za-z]) /.test(line))
      .map((line) => line.split(/\s+/).filter((word) => word !== 'ipvsadm'));
    assert.ok(examples.length > 20);
    for (const words of examples) parseCommand(words, numericOnly);
  });
});

/** Differences that no scenario of the differential tests can cover. */
const coveredElsewhere = [
  1, // The words of --help and --version.
  4, // ipvsadm-restore converges the table, or leaves it as it is.
  6, // Text that name servers and clients send.
  10, // Forwarding methods that only other programs set.
];

describe('the section DIFFERENCES of ipvsadm(8)', () => {
  const list = section(page('ipvsadm'), 'DIFFERENCES').filter((line) => line === '.It');
  const numbers = list.map((_, index) => index + 1);
  const scenarios = ['scenarios/', 'names/'].flatMap((folder) =>
    readScenarios(new URL(`../differential/${folder}`, import.meta.url)),
  );
  const covered = scenarios.flatMap(({ steps }) => steps.flatMap(({ differs }) => differs?.number ?? []));

  it('lists every difference that the differential tests allow', () => {
    assert.deepEqual(
      covered.filter((number) => !numbers.includes(number)),
      [],
    );
  });

  it('lists no difference that no test covers', () => {
    assert.deepEqual(
      numbers.filter((number) => !covered.includes(number) && !coveredElsewhere.includes(number)),
      [],
    );
  });
});

/** Runs mandoc, and returns its output on both streams. */
function run(...args: readonly string[]): string {
  assert.ok(mandoc, 'mandoc is required in CI');
  const { stdout, stderr, error } = spawnSync(mandoc, args, { encoding: 'utf8' });
  assert.equal(error, undefined);
  return stdout + stderr;
}
