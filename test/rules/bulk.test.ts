import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Command } from '../../src/rules/command.ts';
import { formatRules } from '../../src/rules/format.ts';
import { type NameLookup, numericOnly } from '../../src/rules/names.ts';
import { checkRuleBlocks, parseRuleBlocks, parseRules } from '../../src/rules/rule-file.ts';
import * as arbitrary from './arbitraries.ts';
import { fileBlocks, parsePlainly } from './file-arbitraries.ts';

describe('the bulk parser of rules', () => {
  it('returns the same rules, errors and line numbers as the parser for single lines', () => {
    fc.assert(
      fc.property(fileBlocks, (blocks) => {
        const plain = parsePlainly(Buffer.concat(blocks));
        assert.deepEqual(parseRuleBlocks(blocks, numericOnly), plain);
        assert.deepEqual(checkRuleBlocks(blocks, numericOnly), plain.errors);
      }),
      { numRuns: 400 },
    );
  });

  it('reads saved rules like the parser for single lines', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.tableCommand, { maxLength: 40 }), (commands) => {
        const text = formatRules(commands);
        assert.deepEqual(parseRules(text), parsePlainly(Buffer.from(text)));
      }),
    );
  });

  it('reads lines with more distinct options than it caches', () => {
    const lines = Array.from({ length: 1200 }, (_, index) => {
      const server = `10.1.${index >> 8}.${index & 255}:80`;
      return `-a -t 10.0.0.1:80 -r ${server} -g -w ${(index * 7) % 600}\n`;
    });
    const text = lines.join('');
    assert.deepEqual(parseRules(text), parsePlainly(Buffer.from(text)));
  });

  it('resolves port names that begin with digits', () => {
    const names: NameLookup = { host: () => undefined, port: (name) => (name === '3com' ? 106 : undefined) };
    const services = ['10.0.0.1:3com', '10.0.0.2:3com', '10.0.0.3:4com'];
    const { rules, errors } = parseRules(
      services.map((service) => `-A -t ${service} -s rr\n`).join(''),
      names,
    );
    assert.deepEqual(
      rules.map(({ place, command }) => [
        place,
        command.name === 'add-service' && command.service.kind === 'address' && command.service.port,
      ]),
      [
        [1, 106],
        [2, 106],
      ],
    );
    assert.deepEqual(
      errors.map(({ place }) => place),
      [3],
    );
  });

  it('shares equal settings between rules, and the service between consecutive servers', () => {
    const { rules } = parseRules(`\
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:81 -m -w 1
-A -t 10.0.0.2:80 -s rr
-a -t 10.0.0.2:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.2:80 -r 10.0.1.2:80 -m -w 1
-a -t 10.0.0.2:80 -r 10.0.1.3:80 -m -w 2
`);
    const commands = rules.map(({ command }) => command as Command & { name: 'add-server' });
    const [one, first, second, other, third, fourth, fifth] = commands;
    assert.equal(other?.settings, one?.settings);
    assert.equal(second?.settings, first?.settings);
    assert.equal(third?.settings, first?.settings);
    assert.equal(fourth?.settings, first?.settings);
    assert.equal(fourth?.service, third?.service);
    assert.notEqual(fifth?.settings, first?.settings);
    assert.deepEqual(second?.server.port, 81);
  });
});
