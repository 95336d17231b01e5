import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Address,
  badRuleSentence,
  commandsOfPlan,
  defaultDestinationSettings,
  defaultServiceSettings,
  desiredState,
  formatRules,
  type NameLookup,
  parseRules,
  plan,
  readJsonRules,
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

  it('reads JSON, with the defaults of a command line', async () => {
    const servers = [{ address: '10.0.0.1', forwarding: 'masquerade' }];
    const table = { services: [{ protocol: 'tcp', address: '192.0.2.1', port: 80, servers }] };
    const { rules, errors } = await readJsonRules(JSON.stringify(table));
    assert.deepEqual(errors, []);
    const service = { kind: 'address', protocol: 'tcp', address: Address.of('192.0.2.1'), port: 80 } as const;
    const id = { address: Address.of('10.0.0.1'), port: 80 };
    const settings = { ...defaultDestinationSettings, forwarding: 'masquerade' } as const;
    assert.deepEqual(
      rules.map(({ command }) => command),
      [
        { name: 'add-service', service, settings: defaultServiceSettings(service) },
        { name: 'add-server', service, server: id, settings },
      ],
    );
  });

  it('tells what is wrong with JSON, and wants a whole table unless told otherwise', async () => {
    const sentences = async (...args: Parameters<typeof readJsonRules>) =>
      (await readJsonRules(...args)).errors.map(badRuleSentence);
    const timeouts = '{"timeouts": {"tcp": 900, "tcpFin": 120, "udp": 300}}';
    assert.deepEqual(await sentences(timeouts), ['line 1: the field "services" is missing']);
    assert.deepEqual(await sentences(timeouts, { isWholeTable: false }), []);
    assert.deepEqual(await sentences('{"services": [\n{"fwmark": 0}]}'), [
      'line 2, services[0].fwmark: 0 is not a whole number from 1 to 4294967295',
    ]);
  });

  it('has the defaults that rules without options have', () => {
    const lines = ['-A -t 192.0.2.1:80', '-A -f 1 -6', '-a -f 1 -6 -r [2001:db8::1]:80'];
    const { rules } = parseRules(lines.join('\n'));
    for (const { command } of rules) {
      if (command.name === 'add-service')
        assert.deepEqual(command.settings, defaultServiceSettings(command.service));
      else assert.deepEqual('settings' in command && command.settings, defaultDestinationSettings);
    }
    assert.equal(rules.length, 3);
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
