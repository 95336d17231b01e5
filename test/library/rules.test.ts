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
  it('reads rules and writes them', () => {
    const { rules, errors } = parseRules(file);
    assert.deepEqual(errors, []);
    assert.equal(formatRules(rules.map(({ command }) => command)), file);
  });

  it('tells what is wrong with rules as facts', () => {
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

  it('tells it in sentences, too', () => {
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

  it('reads a file anew each time, with the addresses that names have then', () => {
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

  it('looks names up where it is told to', () => {
    const names: NameLookup = {
      host: (name) => (name === 'www' ? Address.parse('192.0.2.1') : undefined),
      port: (name) => (name === 'http' ? 80 : undefined),
    };
    const { rules } = parseRules('-D -t www:http', names);
    assert.equal(formatRules(rules.map(({ command }) => command)), '-D -t 192.0.2.1:80\n');
  });

  it('plans how one table becomes another', () => {
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
