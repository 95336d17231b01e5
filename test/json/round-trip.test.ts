import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { destinationSchema } from '../../src/ipvs/schema/destination.ts';
import { serviceSchema } from '../../src/ipvs/schema/service.ts';
import { parseJsonRules } from '../../src/json/read.ts';
import { documentText } from '../../src/json/text.ts';
import { daemonsDocument, timeoutsDocument } from '../../src/json/write-control.ts';
import { tableDocument } from '../../src/json/write-table.ts';
import type { Command } from '../../src/rules/command.ts';
import { formatRules } from '../../src/rules/format.ts';
import { commandsOf } from '../../src/rules/table.ts';
import { address } from '../ipvs/values.ts';
import { assertDocument } from './schema.ts';
import { table } from './tables.ts';

const info = { version: { major: 1, minor: 2, patch: 1 }, connectionTableSize: 4096 };
const names = { host: () => 'web.example.com', port: () => 'http' };

/** Returns the commands that a document describes, after validating it against the schema. */
function commandsIn(document: object): Command[] {
  const text = documentText(document);
  assertDocument(JSON.parse(text));
  const { rules, errors } = parseJsonRules(text, { isWholeTable: false });
  assert.deepEqual(errors, []);
  return rules.map(({ command }) => command);
}

/** Returns whether two commands add a service, or a server, with settings that are the same for the kernel. */
function haveSameSettings(one: Command, other: Command | undefined): boolean {
  if (one.name === 'add-service' && other?.name === 'add-service') {
    return serviceSchema.isSame(one.settings, other.settings);
  }
  return (
    one.name === 'add-server' &&
    other?.name === 'add-server' &&
    destinationSchema.isSame(one.settings, other.settings)
  );
}

describe('a JSON listing', () => {
  it('of a table conforms to the schema, and yields the commands of the table', () => {
    const options = fc.record({
      stats: fc.boolean(),
      rates: fc.boolean(),
      names: fc.constantFrom(names, undefined),
    });
    fc.assert(
      fc.property(table, options, (entries, options) => {
        const commands = commandsIn(tableDocument(entries, info, options));
        const expected = entries.flatMap(commandsOf);
        assert.equal(formatRules(commands), formatRules(expected));
        // Comparing texts alone would miss a setting that is supported neither in JSON nor in rules.
        for (const [index, command] of commands.entries()) {
          assert.ok(haveSameSettings(command, expected[index]), formatRules([command]));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of timeouts yields the command that sets them', () => {
    const timeouts = { tcp: 900, tcpFin: 0, udp: 2678400 };
    assert.deepEqual(commandsIn(timeoutsDocument(timeouts)), [{ name: 'set', timeouts }]);
  });

  it('of daemons yields the commands that start them', () => {
    const master = { role: 'master', interface: 'eth1', syncId: 7 } as const;
    const backup = { role: 'backup', interface: 'eth2', syncId: 0 } as const;
    const more = { maxLength: 1472, group: address('ff02::81'), port: 8848, ttl: 1 };
    const commands = commandsIn(daemonsDocument([{ ...master, ...more }, backup]));
    assert.equal(
      formatRules(commands),
      '--start-daemon master --mcast-interface eth1 --syncid 7 --sync-maxlen 1472' +
        ' --mcast-group ff02::81 --mcast-port 8848 --mcast-ttl 1\n' +
        '--start-daemon backup --mcast-interface eth2 --syncid 0\n',
    );
  });
});
