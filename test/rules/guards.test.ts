import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJsonRules } from '../../src/json/read.ts';
import { desiredState } from '../../src/rules/desired.ts';
import { GuardError, type Guards, type Limit } from '../../src/rules/guards.ts';
import { ownership, parseServicePattern } from '../../src/rules/ownership.ts';
import { plan } from '../../src/rules/plan.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { commandsOfPlan, type PlanScope } from '../../src/rules/step.ts';
import { directorWith } from '../rollout/tables.ts';

/** Returns rules of services 1, 2, …, each with servers of these weights. */
function rules(services: readonly (readonly number[])[]): string {
  return services
    .flatMap((weights, index) => [
      `-A -f ${index + 1} -s rr`,
      ...weights.map((weight, server) => `-a -f ${index + 1} -r 10.0.0.${server + 1}:0 -g -w ${weight}`),
    ])
    .join('\n');
}

function desired(text: string) {
  const { rules, errors } = parseRules(text);
  assert.deepEqual(errors, []);
  return desiredState(rules);
}

/** Returns the message with which guards refuse the plan from one table to another; `undefined` if they accept it. */
function refusal(from: string, to: string, guards: Guards, scope: PlanScope = {}): string | undefined {
  try {
    plan(directorWith(desired(from).table), desired(to), { guards, ...scope });
    return undefined;
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    return error.message;
  }
}

const count = (count: number): Limit => ({ count });
const percent = (percent: number): Limit => ({ percent });
const services = (number: number, weights: readonly number[] = [1]) => rules(Array(number).fill(weights));

describe('the guard against an empty file', () => {
  const sentence = 'the rules have no services and would remove all 2 services';

  it('refuses a file without services if the table has services', () => {
    assert.equal(refusal(services(2), '', {}), sentence);
    for (const text of ['\n', '# all services\n', '--set 1 2 3\n-L', '--start-daemon master'])
      assert.equal(refusal(services(2), text, {}), sentence, text);
    const { rules } = parseJsonRules('{"services": []}', { isWholeTable: true });
    assert.throws(() => plan(directorWith(desired(services(2)).table), desiredState(rules), { guards: {} }), {
      message: sentence,
    });
    assert.equal(
      refusal(services(1), '', {}),
      'the rules have no services and would remove the only service',
    );
    assert.equal(refusal('', '', {}), undefined);
    assert.equal(refusal(services(2), services(1), {}), undefined);
  });

  it('accepts an empty file with allowEmpty, and rules that clear the table', () => {
    assert.equal(refusal(services(2), '', { allowEmpty: true }), undefined);
    for (const text of ['-C', '-A -f 1\n-D -f 1'])
      assert.equal(refusal(services(2), text, {}), undefined, text);
  });

  it('counts only owned services', () => {
    const pattern = parseServicePattern('fwmark:1');
    assert.ok(pattern);
    const owns = ownership({ only: [pattern] });
    assert.match(String(refusal(services(3), '', {}, { owns })), /the only service/);
    assert.equal(refusal(services(3), '', {}, { owns: () => false }), undefined);
  });
});

describe('--max-removals', () => {
  /** Returns rules of two services with ten servers each, without `number` servers of the first. */
  const without = (number: number) => rules([Array(10 - number).fill(1), Array(10).fill(1)]);
  const all = without(0);

  it('limits the number of removed services', () => {
    const messageOf = (left: number, limit: Limit) =>
      refusal(services(8), services(left), { maxRemovals: limit });
    assert.equal(messageOf(6, count(3)), undefined);
    assert.equal(messageOf(5, count(3)), undefined);
    assert.equal(messageOf(4, count(3)), '4 of 8 services would be removed; the limit is 3');
    assert.equal(messageOf(8, count(0)), undefined);
    assert.equal(messageOf(7, count(0)), '1 of 8 services would be removed; the limit is 0');
  });

  it('limits the percentage of removed services', () => {
    const messageOf = (left: number, limit: Limit) =>
      refusal(services(8), services(left), { maxRemovals: limit });
    assert.equal(messageOf(7, percent(25)), undefined);
    assert.equal(messageOf(6, percent(25)), undefined);
    assert.equal(messageOf(5, percent(25)), '3 of 8 services would be removed; the limit is 2');
    // 37 % of 8 services are fewer than 3.
    assert.equal(messageOf(6, percent(37)), undefined);
    assert.equal(messageOf(5, percent(37)), '3 of 8 services would be removed; the limit is 2');
    assert.equal(messageOf(5, percent(38)), undefined);
    assert.equal(messageOf(1, percent(100)), undefined);
  });

  it('limits the number or percentage of removed servers, separately from services', () => {
    const messageOf = (number: number, limit: Limit) => refusal(all, without(number), { maxRemovals: limit });
    assert.equal(messageOf(2, count(3)), undefined);
    assert.equal(messageOf(3, count(3)), undefined);
    assert.equal(messageOf(4, count(3)), '4 of 20 servers would be removed; the limit is 3');
    assert.equal(messageOf(4, percent(25)), undefined);
    assert.equal(messageOf(5, percent(25)), undefined);
    assert.equal(messageOf(6, percent(25)), '6 of 20 servers would be removed; the limit is 5');
  });

  it('does not count servers of removed services, nor changed servers', () => {
    assert.equal(
      refusal(services(2, [1, 1, 1]), services(1, [1, 1, 1]), { maxRemovals: count(1) }),
      undefined,
    );
    assert.equal(
      refusal(services(1, [1, 2, 3]), services(1, [0, 0, 0]), { maxRemovals: count(0) }),
      undefined,
    );
  });

  it('counts drained servers as removed', () => {
    // Draining does not change the plan: servers that it removes get weight 0 first.
    assert.match(String(refusal(all, without(1), { maxRemovals: count(0) })), /^1 of 20 servers/);
  });
});

describe('--min-servers', () => {
  const messageOf = (from: readonly number[], to: readonly number[], limit: Limit, scope: PlanScope = {}) =>
    refusal(rules([from]), rules([to]), { minServers: limit }, scope);

  it('requires a number of servers with a weight above 0', () => {
    assert.equal(messageOf([1, 1, 1, 1], [1, 1, 1], count(2)), undefined);
    assert.equal(messageOf([1, 1, 1, 1], [1, 1], count(2)), undefined);
    assert.equal(
      messageOf([1, 1, 1, 1], [1], count(2)),
      '-f 1 would be left with 1 of 4 servers of weight above 0; the minimum is 2',
    );
    assert.equal(
      messageOf([1, 1, 1, 1], [1, 0, 0, 0], count(2)),
      '-f 1 would be left with 1 of 4 servers of weight above 0; the minimum is 2',
    );
  });

  it('requires a percentage of the present servers with a weight above 0', () => {
    assert.equal(messageOf([1, 1, 1, 1, 0], [1, 1, 1], percent(50)), undefined);
    assert.equal(messageOf([1, 1, 1, 1, 0], [1, 1], percent(50)), undefined);
    assert.match(String(messageOf([1, 1, 1, 1, 0], [1, 0, 0, 0, 0], percent(50))), /1 of 4 .* minimum is 2$/);
    assert.match(String(messageOf([1, 1, 1, 1, 1], [1, 1], percent(50))), /2 of 5 .* minimum is 3$/);
    assert.equal(messageOf([1, 1, 1], [], percent(0)), undefined);
    assert.match(String(messageOf([1, 1, 1], [1, 1], percent(100))), /2 of 3 .* minimum is 3$/);
    assert.equal(messageOf([1, 1, 1], [1, 1, 0, 5], percent(100)), undefined);
  });

  it('requires no more servers than a service has, and ignores new and removed services', () => {
    assert.equal(messageOf([1], [1], count(2)), undefined);
    assert.equal(messageOf([0, 0], [0], count(2)), undefined);
    assert.match(String(messageOf([1], [], count(2))), /0 of 1 .* minimum is 1$/);
    assert.equal(refusal('', rules([[1]]), { minServers: count(2) }), undefined);
    assert.equal(refusal(rules([[1], [1]]), rules([[1]]), { minServers: percent(100) }), undefined);
  });

  it('uses the resulting weights, also with keepWeights', () => {
    assert.equal(messageOf([0, 0, 1], [1, 1, 1], count(3)), undefined);
    assert.equal(messageOf([1, 1, 1], [0, 0, 0], count(3), { keepWeights: true }), undefined);
    assert.match(String(messageOf([1, 1, 0], [0, 9], count(2), { keepWeights: true })), /^undefined$/);
    assert.match(
      String(messageOf([1, 0, 1], [1, 9], count(2), { keepWeights: true })),
      /1 of 2 .* minimum is 2$/,
    );
  });

  it('names the first service of the rules, and counts the others', () => {
    const [from, to] = [rules([[1, 1], [1, 1], [1], [1, 1]]), rules([[1, 1], [1], [1], []])];
    const message =
      'would be left with 1 of 2 servers of weight above 0; the minimum is 2; the same applies to 1 more service';
    assert.equal(refusal(from, to, { minServers: count(2) }), `-f 2 ${message}`);
    const reversed = [...to.split(/\n(?=-A)/)].reverse().join('\n');
    assert.equal(
      refusal(from, reversed, { minServers: count(2) }),
      `-f 4 ${message.replace('1 of', '0 of')}`,
    );
  });
});

describe('GuardError', () => {
  it('contains the refused plan and the numbers of the violation', () => {
    const from = directorWith(desired(services(3)).table);
    const wanted = desired(services(1));
    try {
      plan(from, wanted, { guards: { maxRemovals: count(1) } });
    } catch (error) {
      assert.ok(error instanceof GuardError);
      assert.deepEqual(error.violation, {
        guard: 'max-removals',
        what: 'services',
        removed: 2,
        total: 3,
        allowed: 1,
      });
      assert.deepEqual(commandsOfPlan(error.plan), commandsOfPlan(plan(from, wanted)));
      return;
    }
    assert.fail('the plan was not refused');
  });
});
