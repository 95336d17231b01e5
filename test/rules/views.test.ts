import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultStatus } from '../../src/cli/status.ts';
import type { ListOptions } from '../../src/rules/command.ts';
import { RuleError } from '../../src/rules/error.ts';
import { formatCommand } from '../../src/rules/format.ts';
import { faultSentence } from '../../src/rules/messages.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { listRows } from '../../src/rules/option-table/list.ts';
import type { WritableRow } from '../../src/rules/option-table/row.ts';
import { parseCommand } from '../../src/rules/parse.ts';

function optionsOf(line: string) {
  const command = parseCommand(line.split(' '), numericOnly);
  assert.ok(command.name === 'list');
  return command.options;
}

/** Returns the error message about a faulty line. */
function sentenceOf(line: string): string {
  try {
    parseCommand(line.split(' '), numericOnly);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    assert.equal(faultStatus(error.fault), 2);
    return faultSentence(error.fault);
  }
  return assert.fail(`${line} is legal`);
}

describe('options of views', () => {
  it('have default values', () => {
    assert.equal(optionsOf('-L --watch').watch, 2);
    assert.equal(optionsOf('-Lc --top').top, 10);
    assert.equal(optionsOf('-L --color').color, 'always');
    assert.equal(optionsOf('-L --color=auto').color, undefined);
  });

  it('all have an effect, and are formatted as they were parsed', () => {
    for (const row of listRows as readonly WritableRow<ListOptions>[]) {
      const { long = '', needs, argument } = row;
      const before = needs?.list ? `-L --${needs.list}` : '-L';
      const line = `${before} --${long}${argument === 'required' ? ' x' : ''}`;
      assert.notDeepEqual(optionsOf(line), optionsOf(before), line);
      const written = formatCommand(parseCommand(line.split(' '), numericOnly)).join(' ');
      assert.deepEqual(optionsOf(written), optionsOf(line), written);
    }
  });

  it('take an optional argument only after =', () => {
    assert.equal(optionsOf('-L --watch=0.5').watch, 0.5);
    assert.equal(sentenceOf('-L --watch 5'), 'unexpected argument 5');
    assert.equal(sentenceOf('-Lc --top 5'), 'unexpected argument 5');
    assert.equal(sentenceOf('-L --color never'), 'unexpected argument never');
    assert.equal(optionsOf('-L --prometheus --output file').output, 'file');
  });

  it('can be combined with a service and every set of columns', () => {
    for (const columns of ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info']) {
      const options = optionsOf(`-L -t 192.0.2.1:80 --table --watch --${columns}`);
      assert.deepEqual([options.content, options.table, options.watch], [columns, true, 2]);
    }
  });

  for (const line of [
    '-L -n --table',
    '-L --stats --table --watch=0.5 --color=never',
    '-L -t 192.0.2.1:80 --watch=2 --color=always',
    '-L --prometheus --output /var/lib/metrics/ipvs.prom',
    '-L --prometheus=services',
    '-L -n -c --top=3',
  ]) {
    it(`are formatted as they were parsed: ${line}`, () => {
      assert.equal(formatCommand(parseCommand(line.split(' '), numericOnly)).join(' '), line);
    });
  }

  for (const [line, sentence] of [
    ['-L --table --timeout', "The option 'table' conflicts with the 'timeout' option in the 'list' command"],
    ['-Lc --watch', "The option 'watch' conflicts with the 'connection' option in the 'list' command"],
    [
      '-L --prometheus --table',
      "The option 'table' conflicts with the 'prometheus' option in the 'list' command",
    ],
    // Of several conflicting options, the first in the option's `conflictsWith` list is named.
    [
      '-L --json --watch --table',
      "The option 'json' conflicts with the 'table' option in the 'list' command",
    ],
    [
      '-L --prometheus --stats',
      "The option 'prometheus' conflicts with the 'stats' option in the 'list' command",
    ],
    [
      '-L --prometheus -t 192.0.2.1:80',
      "The option 'prometheus' conflicts with the 'service-address' option in the 'list' command",
    ],
    ['-L --all', "The option 'all' needs the 'json' option in the 'list' command"],
    ['-L --json --all --daemon', "The option 'all' conflicts with the 'daemon' option in the 'list' command"],
    [
      '-L --json --all -f 1',
      "The option 'all' conflicts with the 'service-address' option in the 'list' command",
    ],
    ['-R --all', "Illegal 'all' option with the 'restore' command"],
    ['-L --output file', "The option 'output' needs the 'prometheus' option in the 'list' command"],
    ['-L --top', "The option 'top' needs the 'connection' option in the 'list' command"],
    ['-C --table', "Illegal 'table' option with the 'flush' command"],
    ['-L --watch=0', "illegal number of seconds `0' for --watch: expected 0.1 to 86400"],
    ['-L --watch=1e3', "illegal number of seconds `1e3' for --watch: expected 0.1 to 86400"],
    ['-Lc --top=0', "illegal number `0' for --top: expected 1 or more"],
    ['-L --color=red', "illegal value `red' for --color: expected auto, always or never"],
    ['-L --prometheus --output=', 'no file given for --output'],
    ['-L --prometheus=all', "illegal value `all' for --prometheus: expected services or summary"],
  ] as const) {
    it(`are refused: ${line}`, () => assert.equal(sentenceOf(line), sentence));
  }

  it('for columns conflict with connections (except --persistent-conn), timeouts and daemons', () => {
    const conflict = 'options conflicts in the list command';
    const columns = ['--stats', '--rate', '--thresholds'];
    for (const column of columns) assert.equal(sentenceOf(`-L -c ${column}`), conflict);
    for (const column of [...columns, '--persistent-conn'])
      for (const other of ['--timeout', '--daemon'])
        assert.equal(sentenceOf(`-L ${other} ${column}`), conflict);
    assert.equal(optionsOf('-L -c --persistent-conn').content, 'connection');
    for (const columns of ['stats', 'rate', 'thresholds', 'persistent-conn'] as const)
      assert.equal(optionsOf(`-L --${columns}`).content, columns);
  });
});
