import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatCommand } from '../../src/rules/format.ts';
import { badRuleSentence } from '../../src/rules/messages.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { parseRules } from '../../src/rules/rule-file.ts';

describe('parseRules', () => {
  it('ignores empty lines and the program name, but counts all lines', () => {
    const { rules, errors } = parseRules('\nipvsadm -C\r\n \t\n\t-Z  \n', numericOnly);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      rules.map(({ place, command }) => [place, command.name]),
      [
        [2, 'flush'],
        [4, 'zero'],
      ],
    );
  });

  it('ignores comments, from a # that begins a word to the end of the line', () => {
    const text = `\
# ipvsadm.rules
\t  #-C
#
ipvsadm # nothing
-A -t 192.0.2.1:80 -s rr # the web -s wlc
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g\t#-w 2
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g #\r
-a -t 192.0.2.1:80 -r 10.0.0.3:80 -g #\0
-Z#not
-A -t 192.0.2.1:80 -s # rr
# the end`;
    const { rules, errors } = parseRules(text, numericOnly);
    assert.deepEqual(
      rules.map(({ place, command }) => [place, formatCommand(command).join(' ')]),
      [
        [5, '-A -t 192.0.2.1:80 -s rr'],
        [6, '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1'],
        [7, '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1'],
        [8, '-a -t 192.0.2.1:80 -r 10.0.0.3:80 -g -w 1'],
      ],
    );
    assert.deepEqual(
      errors.map(({ place, error }) => [place, error.fault]),
      [
        [9, { code: 'unknown-option', word: '-Z#not' }],
        [10, { code: 'missing-argument', word: '-s' }],
      ],
    );
  });

  it('treats a # within a word as part of the word', () => {
    const { rules, errors } = parseRules('-A -f 1 -s a#b#\n', numericOnly);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      rules.map(({ command }) => formatCommand(command).join(' ')),
      ['-A -f 1 -s a#b#'],
    );
  });

  it('ignores a byte order mark only at the beginning', () => {
    const { rules, errors } = parseRules('\ufeff-C\n\ufeff-Z\n', numericOnly);
    assert.deepEqual(
      rules.map(({ place, command }) => [place, command.name]),
      [[1, 'flush']],
    );
    assert.deepEqual(errors.map(badRuleSentence), ['line 2: not a command: \\ufeff-Z']);
  });

  it('escapes invisible characters in messages', () => {
    const lines = [
      '-Z\u200b',
      '\u00a0-C',
      '-A -f 1\u202e',
      '-A -t 192.0.2.1:80\ufeff',
      '-A -f 1 x\x1b[1m',
      '-A -f 1 -p \u{e0001}',
      '\t nonsense\t with  blanks \r',
    ];
    assert.deepEqual(parseRules(lines.join('\n'), numericOnly).errors.map(badRuleSentence), [
      'line 1: -Z\\u200b: unknown option',
      'line 2: not a command: \\u00a0-C',
      "line 3: invalid fwmark value `1\\u202e' specified",
      'line 4: illegal virtual server address[:port] specified: 192.0.2.1:80\\ufeff',
      'line 5: unexpected argument x\\u001b[1m',
      "line 6: invalid timeout value `\\u{e0001}' specified",
      'line 7: not a command: nonsense with blanks',
    ]);
  });

  it('reports every invalid line', () => {
    const { rules, errors } = parseRules('-C\nnonsense\n-Z -n\n-R\n-Z', numericOnly);
    assert.equal(rules.length, 2);
    assert.deepEqual(
      errors.map(({ place, text, error }) => [place, text, error.fault.code]),
      [
        [2, 'nonsense', 'no-command'],
        [3, '-Z -n', 'illegal-option'],
        [4, '-R', 'no-command'],
      ],
    );
  });

  it('refuses a line with a NUL character', () => {
    const { rules, errors } = parseRules('-C\n-A -t 192.0.2.1:80 -s a\0b\n-Z\n', numericOnly);
    assert.equal(rules.length, 2);
    assert.deepEqual(
      errors.map(({ place, error }) => [place, error.fault.code]),
      [[2, 'nul-character']],
    );
  });
});
