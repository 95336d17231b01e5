import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { completionFile } from '../../packaging/completion.ts';
import { programOf } from '../../src/cli/fleet/program.ts';
import { optionsNamed, page } from './manual.ts';

const silent = { write() {}, flush() {} };
const program = programOf({ out: silent, err: silent }, { async onFleet() {}, async alone() {} });
const options = [program, ...program.commands].flatMap((command) => command.options);

describe('ipvsadm-fleet(8)', () => {
  const manual = page('ipvsadm-fleet');
  const text = manual.lines.join('\n');

  it('describes every command', () => {
    assert.ok(program.commands.length > 15);
    assert.deepEqual(
      program.commands
        .map((command) => command.name())
        .filter((name) => !new RegExp(`Ic ${name}\\b`).test(text)),
      [],
    );
  });

  it('names every option, and no other ones', () => {
    const known = new Set(options.flatMap(({ short, long }) => [short?.slice(1), long]));
    const named = optionsNamed(manual);
    const hidden = ['--version', '--help', '--output', '--message'];
    assert.deepEqual(
      options.flatMap(({ long }) => (long && !named.has(long) && !hidden.includes(long) ? [long] : [])),
      [],
    );
    assert.deepEqual(
      [...named].filter((option) => !known.has(option) && !known.has(option.replace(/^-/, ''))),
      [],
    );
  });
});

describe('the completion', () => {
  it('knows every command', () => {
    const [, words = ''] =
      /^complete -f -W '(.*)' ipvsadm-fleet$/m.exec(readFileSync(completionFile, 'utf8')) ?? [];
    assert.deepEqual(
      words.split(' '),
      program.commands.map((command) => command.name()),
    );
  });
});

describe('ipvsadm-fleet --help', () => {
  for (const command of program.commands) {
    it(`fits 80 columns for ${command.name()}`, () => {
      assert.deepEqual(
        command
          .helpInformation()
          .split('\n')
          .filter((line) => line.length > 80),
        [],
      );
    });
  }
});
