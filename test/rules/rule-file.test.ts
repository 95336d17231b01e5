import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { numericOnly } from '../../src/rules/names.ts';
import { parseRules } from '../../src/rules/rule-file.ts';

describe('parseRules', () => {
  it('passes over empty lines and the name of the program, and counts lines', () => {
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

  it('tells every line that is no command', () => {
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

  it('takes no line with a character that no command line can have', () => {
    const { rules, errors } = parseRules('-C\n-A -t 192.0.2.1:80 -s a\0b\n-Z\n', numericOnly);
    assert.equal(rules.length, 2);
    assert.deepEqual(
      errors.map(({ place, error }) => [place, error.fault.code]),
      [[2, 'nul-character']],
    );
  });
});
