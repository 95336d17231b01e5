import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Address,
  badRuleSentence,
  commandsOfPlan,
  desiredState,
  formatRules,
  type NameLookup,
  parseRules,
  plan,
  type ServiceEntry,
} from '../../src/index.ts';
import { server, service } from '../view/framed-table/tables.ts';

const file = `\
-A -t 192.0.2.1:80 -s wrr
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 2
`;

describe('the library', () => {
  it('parses rules, and formats them again', () => {
    const { rules, errors } = parseRules(file);
    assert.deepEqual(errors, []);
    assert.equal(formatRules(rules.map(({ command }) => command)), file);
  });

  it('reports errors in rules as structured data', () => {
    const { errors } = parseRules('-C\n-A -t www:80\n');
    assert.deepEqual(
      errors.map(({ place, text, error }) => [place, text, error.fault]),
      [
        [
          2,
          '-A -t www:80',
          {
            code: 'illegal-value',
            value: 'www:80',
            sentence: 'illegal virtual server address[:port] specified',
          },
        ],
      ],
    );
  });

  it('reports errors in rules as messages', () => {
    const { errors } = parseRules('-C\n-A -t www:80\n');
    assert.deepEqual(
      errors.map((bad) => [bad.error.message, badRuleSentence(bad)]),
      [
        [
          'illegal virtual server address[:port] specified',
          'line 2: illegal virtual server address[:port] specified: www:80',
        ],
      ],
    );
  });

  it('resolves names again each time rules are parsed', () => {
    let host = '10.0.0.1';
    const names: NameLookup = { host: () => Address.parse(host), port: () => undefined };
    const addresses = () =>
      parseRules('-A -t web:80\n-a -t web:80 -r 10.1.0.1\n', names).rules.map(
        ({ command }) =>
          'service' in command && command.service?.kind === 'address' && command.service.address.text,
      );
    assert.deepEqual(addresses(), ['10.0.0.1', '10.0.0.1']);
    host = '10.0.0.2';
    assert.deepEqual(addresses(), ['10.0.0.2', '10.0.0.2']);
  });

  it('resolves names with the given lookup', () => {
    const names: NameLookup = {
      host: (name) => (name === 'www' ? Address.parse('192.0.2.1') : undefined),
      port: (name) => (name === 'http' ? 80 : undefined),
    };
    const { rules } = parseRules('-D -t www:http', names);
    assert.equal(formatRules(rules.map(({ command }) => command)), '-D -t 192.0.2.1:80\n');
  });

  it('plans the commands that turn one table into another', () => {
    const [web] = parseRules(file).rules;
    assert.ok(web?.command.name === 'add-service');
    const table: ServiceEntry[] = [
      {
        service: service(web.command.service, { scheduler: 'wrr' }),
        destinations: [server('10.0.0.1', 80), server('10.0.0.3', 80)],
      },
    ];
    const current = { table, timeouts: { tcp: 900, tcpFin: 120, udp: 300 }, daemons: [] };
    const desired = desiredState(parseRules(`${file}--set 0 60 0\n`).rules);
    assert.deepEqual(desired.contradictions, []);
    assert.equal(
      formatRules(commandsOfPlan(plan(current, desired))),
      '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 2\n--set 0 60 0\n-d -t 192.0.2.1:80 -r 10.0.0.3:80\n',
    );
  });
});
