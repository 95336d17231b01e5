import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJsonRules } from '../../src/json/read.ts';
import { formatRules } from '../../src/rules/format.ts';
import { badRuleSentence } from '../../src/rules/messages.ts';

/** Returns the error messages about a document. */
function sentences(document: unknown, isWholeTable = false): string[] {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return parseJsonRules(text, { isWholeTable }).errors.map(badRuleSentence);
}

/** Returns the rules that a document describes, as text. */
function rules(document: unknown): string {
  const { rules, errors } = parseJsonRules(JSON.stringify(document), { isWholeTable: false });
  assert.deepEqual(errors.map(badRuleSentence), []);
  return formatRules(rules.map(({ command }) => command));
}

const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 };
const dns = { protocol: 'udp', address: '2001:db8::1', port: 53 };
const withService = (some: object) => ({ services: [{ ...web, ...some }] });
const withServer = (some: object) => withService({ servers: [{ address: '10.0.0.1', ...some }] });

describe('parseJsonRules', () => {
  it('uses the defaults of the command line', () => {
    assert.equal(
      rules(withServer({})),
      '-A -t 192.0.2.1:80 -s wlc\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1\n',
    );
    assert.equal(rules({ services: [{ fwmark: 7 }] }), '-A -f 7 -s wlc\n');
    assert.equal(rules(withService({ persistence: {} })), '-A -t 192.0.2.1:80 -s wlc -p 360\n');
    assert.equal(
      rules({ daemons: [{ role: 'backup' }] }),
      '--start-daemon backup --mcast-interface eth0 --syncid 0\n',
    );
    assert.equal(rules({ timeouts: { udp: 60 } }), '--set 0 0 60\n');
  });

  it('ignores a byte order mark at the beginning', () => {
    assert.deepEqual(sentences(`\ufeff${JSON.stringify(withServer({}))}`), []);
    assert.match(sentences('{\ufeff}').join(), /^line 1: invalid JSON/);
  });

  it('escapes invisible characters in quoted values', () => {
    assert.deepEqual(sentences(withService({ 'a\u200b\x9b': 1 })), [
      'line 1, services[0]: unknown field "a\\u200b\\u009b"',
    ]);
    assert.match(
      sentences(withService({ scheduler: 'a\u00a0b' })).join(),
      /^line 1, services\[0\]\.scheduler: "a\\u00a0b" is not/,
    );
  });

  it('reads services, timeouts and daemons from one document', () => {
    const document = { daemons: [{ role: 'master' }], timeouts: { tcp: 1 }, services: [web] };
    assert.deepEqual(
      parseJsonRules(JSON.stringify(document), { isWholeTable: true }).rules.map(({ place, command }) => [
        place,
        command.name,
      ]),
      [
        ['services[0]', 'add-service'],
        ['timeouts', 'set'],
        ['daemons[0]', 'start-daemon'],
      ],
    );
  });

  it('keeps a forwarding method and a port that ipvsadm cannot set', () => {
    const { rules } = parseJsonRules(JSON.stringify(withServer({ forwarding: 'local', port: 8080 })), {
      isWholeTable: false,
    });
    const command = rules[1]?.command;
    assert.ok(command?.name === 'add-server');
    assert.deepEqual([command.settings.forwarding, command.server.port], ['local', 8080]);
  });

  it('quotes no text of a line in its errors', () => {
    for (const json of ['{', '[]', '{"services": [{}]}']) {
      const { rules, errors } = parseJsonRules(json, { isWholeTable: false });
      assert.deepEqual(rules, []);
      assert.ok(errors.length > 0);
      for (const { text } of errors) assert.equal(text, '');
    }
  });

  it('reports all errors of a document', () => {
    const server = { address: '10.0.0.256', weight: -1, forwarding: 'nat' };
    const document = {
      services: [
        { ...web, sheduler: 'rr', servers: [{ address: '10.0.0.1' }, server] },
        { ...dns, persistence: { timeout: 0, netmask: '255.0.0.0' } },
      ],
      timeouts: { tcp: '900' },
      more: 1,
    };
    assert.deepEqual(sentences(document), [
      'line 1: unknown field "more"',
      'line 1, services[0]: unknown field "sheduler"',
      'line 1, services[0].servers[1].address: "10.0.0.256" is not an IPv4 or IPv6 address',
      'line 1, services[0].servers[1].weight: -1 is not a whole number from 0 to 2147483647',
      'line 1, services[0].servers[1].forwarding: "nat" is not one of "masquerade", "route", "tunnel", "local", "bypass"',
      'line 1, services[1].persistence.timeout: 0 is not a whole number from 1 to 2678400',
      'line 1, services[1].persistence.netmask: "255.0.0.0" is not a whole number from 1 to 128',
      'line 1, timeouts.tcp: "900" is not a whole number from 0 to 2678400',
    ]);
  });

  const cases: readonly (readonly [document: unknown, sentence: string])[] = [
    [[], 'line 1: [] is not an object'],
    [{}, 'line 1: the field "services" or "timeouts" or "daemons" is missing'],
    [{ services: {} }, 'line 1, services: {} is not an array'],
    [{ services: [null] }, 'line 1, services[0]: null is not an object'],
    [{ services: [{}] }, 'line 1, services[0]: the field "protocol" or "fwmark" is missing'],
    [
      { services: [{ ...web, port: 65536 }] },
      'line 1, services[0].port: 65536 is not a whole number from 0 to 65535',
    ],
    [
      { services: [{ ...web, port: 8.5 }] },
      'line 1, services[0].port: 8.5 is not a whole number from 0 to 65535',
    ],
    [withService({ port: 0 }), 'line 1, services[0].port: Zero port specified for non-persistent service'],
    [
      withService({ protocol: 'TCP' }),
      'line 1, services[0].protocol: "TCP" is not one of "tcp", "udp", "sctp"',
    ],
    [withService({ fwmark: 1 }), 'line 1, services[0]: unknown field "protocol"'],
    [
      { services: [{ fwmark: 0 }] },
      'line 1, services[0].fwmark: 0 is not a whole number from 1 to 4294967295',
    ],
    [
      { services: [{ fwmark: 1, family: 'inet5' }] },
      'line 1, services[0].family: "inet5" is not one of "inet", "inet6"',
    ],
    [
      withService({ scheduler: 'least-connection' }),
      'line 1, services[0].scheduler: "least-connection" is not a name of 1 to 15 bytes without blanks',
    ],
    [
      withService({ scheduler: 'r r' }),
      'line 1, services[0].scheduler: "r r" is not a name of 1 to 15 bytes without blanks',
    ],
    [
      withService({ scheduler: 'rr', schedulerFlags: ['sh-port'] }),
      'line 1, services[0].schedulerFlags[0]: "sh-port" is not one of "flag-1", "flag-2", "flag-3"',
    ],
    [
      withService({ persistence: { netmask: '255.255.x.0' } }),
      'line 1, services[0].persistence.netmask: "255.255.x.0" is not a netmask in dotted notation',
    ],
    [
      withService({ onePacket: true }),
      'line 1, services[0].onePacket: One-Packet Scheduling is only for UDP virtual services',
    ],
    [withService({ onePacket: 1 }), 'line 1, services[0].onePacket: 1 is not true or false'],
    [withService({ hostName: 1 }), 'line 1, services[0].hostName: 1 is not a string'],
    [
      withService({ stats: { inBytes: -1 } }),
      'line 1, services[0].stats.inBytes: -1 is not a counter: a whole number, or its digits as a string',
    ],
    [
      withServer({ activeConnections: 'many' }),
      'line 1, services[0].servers[0].activeConnections: "many" is not a counter: a whole number, or its digits as a string',
    ],
    [
      { services: [{ ...web, servers: [{}] }] },
      'line 1, services[0].servers[0]: the field "address" is missing',
    ],
    [
      withServer({ address: '2001:db8::1' }),
      'line 1, services[0].servers[0].address: Different address family is allowed only for tunneling servers',
    ],
    [
      withServer({ tunnel: { type: 'ipip' } }),
      'line 1, services[0].servers[0].tunnel: Tunnel options conflict with forward method',
    ],
    [
      withServer({ forwarding: 'tunnel', tunnel: { type: 'gue' } }),
      'line 1, services[0].servers[0].tunnel: the field "port" is missing',
    ],
    [
      withServer({ forwarding: 'tunnel', tunnel: { type: 'gre', checksum: 'remote' } }),
      'line 1, services[0].servers[0].tunnel.checksum: "remote" is not one of "none", "full"',
    ],
    [
      withServer({ forwarding: 'tunnel', tunnel: { type: 'ipip', port: 1 } }),
      'line 1, services[0].servers[0].tunnel: unknown field "port"',
    ],
    [
      withServer({ forwarding: 'tunnel', tunnel: { type: 'vxlan', port: 1 } }),
      'line 1, services[0].servers[0].tunnel.type: "vxlan" is not one of "ipip", "gre", "gue"',
    ],
    [{ daemons: [{}] }, 'line 1, daemons[0]: the field "role" is missing'],
    [
      { daemons: [{ role: 'master', group: '192.0.2.1' }] },
      'line 1, daemons[0].group: "192.0.2.1" is not the address of a multicast group',
    ],
  ];
  for (const [document, sentence] of cases) {
    it(`reports: ${sentence}`, () => assert.deepEqual(sentences(document).slice(0, 1), [sentence]));
  }

  it('requires services in a document for a whole table', () => {
    assert.deepEqual(sentences({ timeouts: {} }, true), ['line 1: the field "services" is missing']);
    assert.deepEqual(sentences({ services: [] }, true), []);
  });

  it('truncates long values, and escapes control characters', () => {
    const [sentence] = sentences({ services: [{ ...web, address: `\x9b\x1b[2J${'x'.repeat(1000)}` }] });
    assert.ok(sentence && sentence.length < 140 && !/\p{Cc}/u.test(sentence), sentence);
  });

  it('cuts long values between characters', () => {
    const address = `${'x'.repeat(58)}\u{1f600}\u{1f600}`;
    assert.deepEqual(sentences({ services: [{ ...web, address }] }), [
      `line 1, services[0].address: "${'x'.repeat(58)}… is not an IPv4 or IPv6 address`,
    ]);
  });

  it('reports once that a number is too large, and how large', () => {
    for (const [digits, found] of [
      ['1e23', '1e+23'],
      ['1e400', 'Infinity'],
      ['-1e400', '-Infinity'],
    ])
      assert.deepEqual(sentences(`{ "services": [{ "fwmark": ${digits} }] }`), [
        `line 1, services[0].fwmark: ${found} is not a whole number from 1 to 4294967295`,
      ]);
  });

  it('finds the lines of many faults without reading the text again for each', () => {
    const document = { services: Array.from({ length: 20_000 }, () => ({ ...web, port: 65536 })) };
    const start = performance.now();
    const all = sentences(JSON.stringify(document, undefined, 2));
    assert.equal(all.length, 20_000);
    assert.match(all.at(-1) ?? '', /^line 100001, services\[19999\]\.port: /);
    // Took 40 seconds of processor time when the text was read for each fault.
    assert.ok(performance.now() - start < 25_000);
  });

  it('reports the line of each error', () => {
    const document = { services: [{ ...web, port: 65536, more: 1 }] };
    assert.deepEqual(sentences(JSON.stringify(document, undefined, 2)), [
      'line 3, services[0]: unknown field "more"',
      'line 6, services[0].port: 65536 is not a whole number from 0 to 65535',
    ]);
  });

  it('refuses documents that are nested too deeply', () => {
    const [open, close] = ['[', ']'].map((bracket) => bracket.repeat(100_000));
    for (const text of [`${open}`, `${open}${close}`, `{"services":${open}${close}}`])
      assert.deepEqual(sentences(text), ['line 1: invalid JSON: nested too deeply']);
  });

  const broken: readonly (readonly [text: string, place: string])[] = [
    ['', 'line 1'],
    ['-A -t 192.0.2.1:80', 'line 1'],
    ['{\n  "services": [\n    {},\n  ]\n}', 'line 4'],
    ['{\n  "a": 1,\n}', 'line 3'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3'],
    ['{\n  "a": 01\n}', 'line 2'],
    ['{\n  "a": "x\n"\n}', 'line 2'],
    ['{\n  "a": "\\q"\n}', 'line 2'],
    ['{\n  "a": [1, 2\n}', 'line 3'],
    ['{}\n{}', 'line 2'],
    ['{\n"a": {', 'line 2'],
  ];
  for (const [text, place] of broken) {
    it(`reports the line of invalid JSON: ${JSON.stringify(text)}`, () => {
      const messages = sentences(text);
      assert.equal(messages.length, 1);
      assert.ok(messages[0]?.startsWith(`${place}: invalid JSON: `), messages[0]);
    });
  }
});
