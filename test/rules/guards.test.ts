import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJsonRules } from '../../src/json/read.ts';
import { desiredState } from '../../src/rules/desired.ts';
import { guardFault } from '../../src/rules/guards.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { entriesOf } from '../rollout/tables.ts';

const current = entriesOf(desiredState(parseRules('-A -f 1\n-A -f 2').rules).table);
const fault = { code: 'would-empty', services: 2 };

const refused = (text: string, allowEmpty = false, present = current) =>
  guardFault(present, desiredState(parseRules(text).rules), { allowEmpty });

describe('guardFault', () => {
  it('refuses rules that say nothing of services, where there are some', () => {
    for (const text of [
      '',
      '\n',
      '# all services\n',
      '--set 900 120 300',
      '-L',
      '--start-daemon master\n-Z\n',
    ])
      assert.deepEqual(refused(text), fault, text);
    const { rules } = parseJsonRules('{"services": []}', { isWholeTable: true });
    assert.deepEqual(guardFault(current, desiredState(rules), { allowEmpty: false }), fault);
  });

  it('lets them pass on an empty table, and where that is allowed', () => {
    assert.equal(refused('', false, []), undefined);
    assert.equal(refused('', true), undefined);
  });

  it('lets rules pass that say so themselves', () => {
    for (const text of ['-C', '-A -f 1', '-A -f 1\n-D -f 1\n']) assert.equal(refused(text), undefined, text);
  });
});
