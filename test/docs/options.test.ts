import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultGroup, defaultMaxLength, defaultPort, defaultTtl } from '../../src/rules/daemons.ts';
import { allSpellings, findLong } from '../../src/rules/option-table/table.ts';
import { schedulerFlagWords } from '../../src/rules/scheduler-flags.ts';
import { binFolder } from '../lab/project.ts';
import { labelOf, withLabel } from './label.ts';
import { optionItems, optionsNamed, page, wordsIn } from './manual.ts';

const spellings = allSpellings.map(({ spelling }) => spelling);
const letters = new Set(spellings.flatMap(({ short }) => short ?? []));
const longNames = new Set(spellings.map(({ long }) => `--${long}`));

function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}

describe('ipvsadm(8)', () => {
  it('lists the options of the option table, with their arguments', () => {
    const line = (short: string | undefined, long: string, argument: readonly string[], optional: boolean) =>
      `${short ? `-${short} ` : ''}--${long} ${argument.join(' ')}${optional ? ' (optional)' : ''}`;
    assert.deepEqual(
      sorted(
        optionItems(page('ipvsadm')).map(({ short, long, argument, isOptional }) =>
          line(short, long, argument ?? [], isOptional),
        ),
      ),
      sorted(
        spellings.map((spelling) => {
          const { short, long, argument = 'required' } = spelling;
          return line(short, long, wordsIn(labelOf(spelling)), argument !== 'required');
        }),
      ),
    );
  });

  it('mentions no other options', () => {
    const named = [...optionsNamed(page('ipvsadm'))];
    assert.ok(named.length > 50);
    assert.deepEqual(
      named.filter((option) => !letters.has(option) && !longNames.has(option)),
      [],
    );
  });

  it('mentions every scheduler flag', () => {
    const text = page('ipvsadm').lines.join(' ');
    assert.deepEqual(
      schedulerFlagWords().filter((word) => !new RegExp(`Cm [^.]*\\b${word}\\b`).test(text)),
      [],
    );
  });
});

describe('options of sync daemons', () => {
  for (const [long, value] of [
    ['sync-maxlen', defaultMaxLength('inet')],
    ['mcast-group', defaultGroup],
    ['mcast-port', defaultPort],
    ['mcast-ttl', defaultTtl],
  ] as const)
    it(`have the kernel's default in the manual and in --help: ${long}`, () => {
      const item = new RegExp(`^\\.It Fl Fl ${long} .*\n.*\nThe default [a-z ]*is ${value}[.,:]`, 'm');
      assert.match(page('ipvsadm').lines.join('\n'), item);
      assert.ok(findLong(long)?.spelling.help.endsWith(` (${value})`));
    });
});

describe('--help', () => {
  const { stdout: help } = spawnSync(join(binFolder, 'ipvsadm'), ['--help'], { encoding: 'utf8' });
  const lines = help.trimEnd().split('\n');

  const items = lines.filter((line) => /^ {2}(-\S, | {4})--/.test(line));

  it('lists the options of the option table, with their arguments', () => {
    assert.deepEqual(
      sorted(items.map((line) => line.slice(0, 34).trim())),
      sorted(
        spellings.map((spelling) => `${spelling.short ? `-${spelling.short}, ` : ''}${withLabel(spelling)}`),
      ),
    );
  });

  it('mentions no other options', () => {
    const named = help.match(/(?<![\w-])-(-[a-z]|[A-Za-z0-9]\b)[a-z0-9-]*/g) ?? [];
    assert.ok(named.length > 50);
    assert.deepEqual(
      named.filter((option) => !letters.has(option.slice(1)) && !longNames.has(option)),
      [],
    );
  });

  it('describes each option', () => {
    assert.deepEqual(
      items.filter((line) => line.slice(34).trim() === ''),
      [],
    );
  });

  it('fits 80 columns', () => {
    assert.deepEqual(
      lines.filter((line) => [...line].length > 80),
      [],
    );
  });
});
