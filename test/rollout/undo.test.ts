import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formerState } from '../../src/rollout/undo.ts';
import type { Command } from '../../src/rules/command.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { type PresentState, plan, presentState } from '../../src/rules/plan.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import type { Step } from '../../src/rules/step.ts';
import { directorWith, relatedTables, rulesOf, tableFrom } from './tables.ts';

const nothing = { done: [], drained: [] };

function stateOf(commands: readonly Command[]): PresentState {
  return presentState(directorWith(tableFrom(commands)));
}

function stateFrom(...lines: readonly string[]): PresentState {
  return stateOf(commandsFrom(...lines));
}

function commandsFrom(...lines: readonly string[]): Command[] {
  const { rules, errors } = parseRules(lines.join('\n'), numericOnly);
  assert.deepEqual(errors, []);
  return rules.map(({ command }) => command);
}

function stepsFrom(...lines: readonly string[]): Step[] {
  return commandsFrom(...lines).map((command) => ({ command, place: 1 }));
}

describe('the state that a rollback restores', () => {
  it('is the original one, regardless of how much of the plan was applied', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(relatedTables(2), share, ([from = [], to = []], part) => {
        const { additions, removals } = plan(directorWith(tableFrom(from)), { table: tableFrom(to) });
        const steps = [...additions, ...removals];
        const done = steps.slice(0, Math.round(part * steps.length));
        const now = stateOf([...from, ...done.map(({ command }) => command)]);
        const { table } = formerState(now, stateOf(from), { done, drained: [] }, false);
        assert.deepEqual(rulesOf(table), rulesOf(tableFrom(from)));
      }),
      { numRuns: 1000 },
    );
  });

  it('includes everything that the plan has not changed, as it is now', () => {
    fc.assert(
      fc.property(relatedTables(2), ([from = [], now = []]) => {
        const { table } = formerState(stateOf(now), stateOf(from), nothing, false);
        assert.deepEqual(rulesOf(table), rulesOf(tableFrom(now)));
      }),
    );
  });

  const original = stateFrom(
    '-A -t 192.0.2.1:80 -s sh',
    '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 3',
    '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 2',
  );
  const fallback = stepsFrom('-A -t 192.0.2.1:80 -s rr', '-E -t 192.0.2.1:80 -s sh -b sh-fallback').slice(1);

  it('does not contain services that another program has removed', () => {
    const { table } = formerState(stateFrom(), original, { done: fallback, drained: [] }, false);
    assert.deepEqual(rulesOf(table), []);
  });

  it('does not contain servers that another program has removed', () => {
    const now = stateFrom('-A -t 192.0.2.1:80 -s sh', '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 3');
    const done = stepsFrom(
      '-A -t 192.0.2.1:80 -s sh',
      '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g',
      '-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 9',
    ).slice(2);
    const { table } = formerState(now, original, { done, drained: [] }, false);
    assert.deepEqual(rulesOf(table), rulesOf(now.table));
  });

  it('contains the original weights of drained servers, and of no others', () => {
    const now = stateFrom(
      '-A -t 192.0.2.1:80 -s sh',
      '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0',
      '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 0',
    );
    const drained = stepsFrom(
      '-A -t 192.0.2.1:80 -s sh',
      '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g',
      '-d -t 192.0.2.1:80 -r 10.0.0.1:80',
    ).slice(2);
    const { table } = formerState(now, original, { done: [], drained }, false);
    assert.deepEqual(rulesOf(table), [
      '-A -t 192.0.2.1:80 -s sh',
      '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 3',
      '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 0',
    ]);
  });

  it('contains the present weights of edited servers with keepWeights', () => {
    const done = stepsFrom(
      '-A -t 192.0.2.1:80 -s sh',
      '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g',
      '-e -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 7',
    ).slice(2);
    const now = stateFrom('-A -t 192.0.2.1:80 -s sh', '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 7');
    const former = (keepWeights: boolean) =>
      rulesOf(formerState(now, original, { done, drained: [] }, keepWeights).table)[1];
    assert.equal(former(true), '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 7');
    assert.equal(former(false), '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 3');
  });

  it('contains the original timeouts and daemons if the plan has changed them', () => {
    const daemon = '--start-daemon master --mcast-interface eth0 --syncid 1';
    const former = (...lines: readonly string[]) =>
      formerState(original, original, { done: stepsFrom(...lines), drained: [] }, false);
    const [command] = commandsFrom(daemon);
    assert.ok(command?.name === 'start-daemon');
    assert.deepEqual(former(daemon, '--set 1 2 3').timeouts?.timeouts, original.timeouts);
    assert.deepEqual(former(daemon).daemons?.get('master'), { daemon: undefined, place: 0 });
    assert.deepEqual([former(daemon).timeouts, former('--set 1 2 3').daemons?.size], [undefined, 0]);
    const running = { ...original, daemons: [command.daemon] };
    const done = stepsFrom('--stop-daemon master');
    const { daemons } = formerState(original, running, { done, drained: [] }, false);
    assert.deepEqual(daemons?.get('master'), { daemon: command.daemon, place: 0 });
    // Only the last eight bits of a sync ID are sent, and no other can be set.
    const foreign = { ...original, daemons: [{ ...command.daemon, syncId: 0x301 }] };
    assert.deepEqual(formerState(original, foreign, { done, drained: [] }, false).daemons, daemons);
  });
});
