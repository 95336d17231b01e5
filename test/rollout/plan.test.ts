import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Command } from '../../src/rules/command.ts';
import type { DesiredService, DesiredTable } from '../../src/rules/desired.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { plan } from '../../src/rules/plan.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { commandsOfPlan } from '../../src/rules/step.ts';
import { directorWith, relatedTables, rulesOf, tableFrom, targetOf, text } from './tables.ts';

/** Runs a check on the plan from one table to another, for many pairs of tables. */
function forPairs(
  check: (from: readonly Command[], to: readonly Command[], commands: Command[]) => void,
): void {
  fc.assert(
    fc.property(relatedTables(2), ([from = [], to = []]) => {
      check(from, to, commandsOfPlan(plan(directorWith(tableFrom(from)), { table: tableFrom(to) })));
    }),
    { numRuns: 1000 },
  );
}

/** Returns the tables during a plan: the first, and the one after each command. */
function tablesDuring(from: readonly Command[], commands: readonly Command[]): DesiredTable[] {
  return Array.from({ length: commands.length + 1 }, (_, steps) =>
    tableFrom([...from, ...commands.slice(0, steps)]),
  );
}

describe('plan', () => {
  it('leads to the desired table, by commands that the kernel accepts', () => {
    forPairs((from, to, commands) => {
      assert.deepEqual(rulesOf(tableFrom([...from, ...commands])), rulesOf(tableFrom(to)));
    });
  });

  it('is empty if the table is already the desired one', () => {
    forPairs((_from, to) => {
      assert.deepEqual(commandsOfPlan(plan(directorWith(tableFrom(to)), { table: tableFrom(to) })), []);
    });
  });

  it('changes each differing service and server once, and nothing else', () => {
    forPairs((from, to, commands) => {
      const before = new Map(from.map((command) => [targetOf(command), text(command)]));
      const after = new Map(to.map((command) => [targetOf(command), text(command)]));
      const changed = [...after.keys()].filter((target) => before.get(target) !== after.get(target));
      const gone = [...before.keys()].filter((target) => !after.has(target));
      // Servers of a removed service are not removed individually.
      const removed = gone.filter((target) => !gone.some((other) => target.startsWith(`${other} → `)));
      assert.deepEqual(commands.map(targetOf).sort(), [...changed, ...removed].sort());
    });
  });

  it('never leaves a remaining service without servers, or without one of weight above 0', () => {
    const counts: ((service: DesiredService) => number)[] = [
      ({ servers }) => servers.size,
      ({ servers }) => [...servers.values()].filter(({ settings }) => settings.weight > 0).length,
    ];
    let compared = 0;
    forPairs((from, to, commands) => {
      const [first, last] = [tableFrom(from), tableFrom(to)];
      for (const table of tablesDuring(from, commands)) {
        for (const [key, service] of table) {
          const ends = [first.get(key), last.get(key)];
          for (const count of counts) {
            if (!ends.every((end) => end && count(end) > 0)) continue;
            compared++;
            assert.ok(count(service) > 0, `${commands.map(text).join('\n')}\nleaves no server to ${key}`);
          }
        }
      }
    });
    assert.ok(compared > 1000);
  });

  it('can be formatted and parsed again', () => {
    forPairs((_from, _to, commands) => {
      const lines = commands.map(text);
      const { rules, errors } = parseRules(lines.join('\n'), numericOnly);
      assert.deepEqual(errors, []);
      assert.deepEqual(
        rules.map(({ command }) => text(command)),
        lines,
      );
    });
  });

  const planned = (from: readonly string[], to: readonly string[]) => {
    const read = (lines: readonly string[]) =>
      tableFrom(parseRules(lines.join('\n'), numericOnly).rules.map(({ command }) => command));
    return commandsOfPlan(plan(directorWith(read(from)), { table: read(to) })).map(text);
  };

  it('adds servers before it removes others or sets their weights to 0', () => {
    const service = '-A -t 192.0.2.1:80 -s wlc';
    const server = (number: number, weight: number) =>
      `-t 192.0.2.1:80 -r 10.0.0.${number}:80 -g -w ${weight}`;
    assert.deepEqual(
      planned(
        [service, `-a ${server(1, 1)}`, `-a ${server(2, 1)}`],
        [service, `-a ${server(2, 0)}`, `-a ${server(3, 1)}`],
      ),
      [`-a ${server(3, 1)}`, `-e ${server(2, 0)}`, '-d -t 192.0.2.1:80 -r 10.0.0.1:80'],
    );
  });

  it('edits services and servers in place', () => {
    assert.deepEqual(
      planned(
        ['-A -f 1 -s rr', '-a -f 1 -r 10.0.0.1:0 -g -w 1', '-a -f 1 -r 10.0.0.2:0 -g -w 1'],
        ['-A -f 1 -s sh -b sh-port', '-a -f 1 -r 10.0.0.1:0 -m -w 1', '-a -f 1 -r 10.0.0.2:0 -g -w 1'],
      ),
      ['-E -f 1 -s sh -b sh-port', '-e -f 1 -r 10.0.0.1:0 -m -w 1'],
    );
  });

  it('treats the same firewall mark of IPv4 and IPv6 as two services', () => {
    assert.deepEqual(planned(['-A -f 1 -s rr'], ['-A -f 1 -6 -s rr']), ['-A -f 1 -6 -s rr', '-D -f 1']);
  });
});
