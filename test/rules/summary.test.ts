import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DirectorState } from '../../src/ipvs/state.ts';
import { desiredState } from '../../src/rules/desired.ts';
import { ownership, parseServicePattern } from '../../src/rules/ownership.ts';
import { plan } from '../../src/rules/plan.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import type { PlanScope } from '../../src/rules/step.ts';
import { planSummary } from '../../src/rules/summary.ts';
import { directorWith } from '../rollout/tables.ts';

const desired = (lines: readonly string[]) => desiredState(parseRules(lines.join('\n')).rules);

function summary(
  from: readonly string[],
  to: readonly string[],
  {
    isDrained = false,
    daemons = [],
    ...scope
  }: PlanScope & { isDrained?: boolean } & Partial<DirectorState> = {},
): string {
  const current = { ...directorWith(desired(from).table), daemons };
  return planSummary(plan(current, desired(to), scope), current, { isDrained });
}

const except = (...texts: readonly string[]) =>
  ownership({ except: texts.flatMap((text) => parseServicePattern(text) ?? []) });

const service = (mark: number, scheduler = 'rr') => `-A -f ${mark} -s ${scheduler}`;
const server = (mark: number, host: number, weight = 1) =>
  `-a -f ${mark} -r 10.0.0.${host}:0 -g -w ${weight}`;

describe('the summary of a plan', () => {
  it('counts the changes of services and servers', () => {
    const from = [service(1), server(1, 1), server(1, 2), service(2), service(7), service(8), service(9)];
    const to = [service(1, 'wrr'), server(1, 1), server(1, 3), service(2, 'wrr')];
    const owns = except('fwmark:7-9');
    const changes = (isDrained: boolean) => summary(from, to, { owns, isDrained });
    assert.equal(changes(true), '2 services changed, 1 server added, 1 drained; 3 services left alone');
    assert.equal(changes(false), '2 services changed, 1 server added, 1 removed; 3 services left alone');
  });

  it('names each kind of object once, in singular or plural', () => {
    assert.equal(
      summary(
        [service(1), server(1, 1), server(1, 2), service(2), server(2, 1), server(2, 2)],
        [service(1, 'wrr'), server(1, 1, 5), service(3), service(4), server(4, 1)],
      ),
      '2 services added, 1 changed, 1 removed, 1 server added, 1 changed, 3 removed',
    );
  });

  it('reports that there is nothing to do', () => {
    assert.equal(summary([service(1)], [service(1)]), 'nothing to do');
    const owns = except('fwmark:2');
    assert.equal(
      summary([service(1), service(2)], [service(1)], { owns }),
      'nothing to do; 1 service left alone',
    );
  });

  it('reports the changes of timeouts and daemons', () => {
    const master = '--start-daemon master --mcast-interface eth1';
    assert.equal(summary([], ['--set 1 2 3', master]), 'timeouts set, master daemon started');
    const daemons = [
      { role: 'master', interface: 'eth0', syncId: 0 },
      { role: 'backup', interface: 'eth0', syncId: 0 },
    ] as const;
    const text = summary([], [master, '--stop-daemon backup'], { daemons });
    assert.equal(text, 'backup daemon stopped, master daemon restarted');
  });
});
