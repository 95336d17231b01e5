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
function forPairs(check: (from: readonly Command[], to: readonly Command[], way: Command[]) => void): void {
  fc.assert(
    fc.property(relatedTables(2), ([from = [], to = []]) => {
      check(from, to, commandsOfPlan(plan(directorWith(tableFrom(from)), { table: tableFrom(to) })));
    }),
    { numRuns: 1000 },
  );
}

/** Returns the tables during a plan: the first, and the one after each command. */
function stations(from: readonly Command[], way: readonly Command[]): DesiredTable[] {
  return Array.from({ length: way.length + 1 }, (_, steps) => tableFrom([...from, ...way.slice(0, steps)]));
}

describe('plan', () => {
  it('leads to the desired table, by commands each of which the kernel takes', () => {
    forPairs((from, to, way) => {
      assert.deepEqual(rulesOf(tableFrom([...from, ...way])), rulesOf(tableFrom(to)));
    });
  });

  it('is empty where the table is right', () => {
    forPairs((_from, to) => {
      assert.deepEqual(commandsOfPlan(plan(directorWith(tableFrom(to)), { table: tableFrom(to) })), []);
    });
  });

  it('touches what differs, once, and nothing else', () => {
    forPairs((from, to, way) => {
      const before = new Map(from.map((command) => [targetOf(command), text(command)]));
      const after = new Map(to.map((command) => [targetOf(command), text(command)]));
      const changed = [...after.keys()].filter((target) => before.get(target) !== after.get(target));
      const gone = [...before.keys()].filter((target) => !after.has(target));
      // Servers of a removed service are not removed individually.
      const removed = gone.filter((target) => !gone.some((other) => target.startsWith(`${other} → `)));
      assert.deepEqual(way.map(targetOf).sort(), [...changed, ...removed].sort());
    });
  });

  it('leaves no service of both tables without servers, nor without one that takes connections', () => {
    const counts: ((service: DesiredService) => number)[] = [
      ({ servers }) => servers.size,
      ({ servers }) => [...servers.values()].filter(({ settings }) => settings.weight > 0).length,
    ];
    let looked = 0;
    forPairs((from, to, way) => {
      const [first, last] = [tableFrom(from), tableFrom(to)];
      for (const station of stations(from, way)) {
        for (const [key, service] of station) {
          const ends = [first.get(key), last.get(key)];
          for (const count of counts) {
            if (!ends.every((end) => end && count(end) > 0)) continue;
            looked++;
            assert.ok(count(service) > 0, `${way.map(text).join('\n')}\nleaves nobody to ${key}`);
          }
        }
      }
    });
    assert.ok(looked > 1000);
  });

  it('can be written down and read back', () => {
    forPairs((_from, _to, way) => {
      const lines = way.map(text);
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

  it('adds before it removes, and makes room before it takes weight away', () => {
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

  it('edits in place', () => {
    assert.deepEqual(
      planned(
        ['-A -f 1 -s rr', '-a -f 1 -r 10.0.0.1:0 -g -w 1', '-a -f 1 -r 10.0.0.2:0 -g -w 1'],
        ['-A -f 1 -s sh -b sh-port', '-a -f 1 -r 10.0.0.1:0 -m -w 1', '-a -f 1 -r 10.0.0.2:0 -g -w 1'],
      ),
      ['-E -f 1 -s sh -b sh-port', '-e -f 1 -r 10.0.0.1:0 -m -w 1'],
    );
  });

  it('takes a mark of IPv4 and the same of IPv6 for two services', () => {
    assert.deepEqual(planned(['-A -f 1 -s rr'], ['-A -f 1 -6 -s rr']), ['-A -f 1 -6 -s rr', '-D -f 1']);
  });
});
