import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { schemaFile, schemaText } from '../../packaging/json-schema.ts';
import { ServiceFlag, TunnelFlag } from '../../src/ipvs/model.ts';
import { readConnections } from '../../src/ipvs/proc/connections.ts';
import type { ServiceEntry } from '../../src/ipvs/table.ts';
import { counterValue } from '../../src/json/counter.ts';
import { documentText, lineText } from '../../src/json/text.ts';
import { connectionObject } from '../../src/json/write-connection.ts';
import { daemonsDocument } from '../../src/json/write-control.ts';
import { tableDocument } from '../../src/json/write-table.ts';
import { tcp } from '../ipvs/values.ts';
import { server, service, stats } from '../view/framed-table/tables.ts';
import { assertConnection, assertDocument } from './schema.ts';

const info = { version: { major: 1, minor: 2, patch: 1 }, connectionTableSize: 4096 };
const plain = { stats: false, rates: false, names: undefined };

/** Serialises a document, parses the text, validates the result against the schema, and returns it. */
function printed(document: object): unknown {
  const value: unknown = JSON.parse(documentText(document));
  assertDocument(value);
  return value;
}

describe('the JSON Schema of the documents', () => {
  it('is the one that npm run generate writes', () => {
    assert.deepEqual(JSON.parse(readFileSync(schemaFile, 'utf8')), JSON.parse(schemaText()));
  });
});

describe('tableDocument', () => {
  const { persistent, onePacket, scheduler1, scheduler3, hashed } = ServiceFlag;
  const table: ServiceEntry[] = [
    {
      service: service(tcp('192.0.2.1', 80), {
        scheduler: 'sh',
        flags: persistent | scheduler1 | scheduler3 | hashed,
        timeout: 300,
        netmask: 0xffffff00,
        persistenceEngine: 'sip',
        stats: stats({ connections: 9007199254740991n, inBytes: 9007199254740992n, outByteRate: 7n }),
      }),
      destinations: [
        server('10.0.0.1', 8080, {
          forwarding: 'masquerade',
          weight: 5,
          upperThreshold: 100,
          lowerThreshold: 50,
          activeConnections: 1,
          inactiveConnections: 2,
          persistentConnections: 3,
        }),
        server('2001:db8::9', 80, {
          forwarding: 'tunnel',
          tunnel: { type: 'gue', port: 6080, flags: TunnelFlag.remoteChecksum },
        }),
      ],
    },
    {
      service: service({ kind: 'fwmark', family: 'inet6', fwmark: 4294967295 }, { flags: onePacket }),
      destinations: [],
    },
  ];

  it('contains all settings and connection counts', () => {
    const counts = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 };
    assert.deepEqual(printed(tableDocument(table, info, plain)), {
      ipvs: { version: '1.2.1', connectionTableSize: 4096 },
      services: [
        {
          protocol: 'tcp',
          address: '192.0.2.1',
          port: 80,
          scheduler: 'sh',
          schedulerFlags: ['sh-fallback', 'flag-3'],
          persistence: { timeout: 300, netmask: '255.255.255.0' },
          persistenceEngine: 'sip',
          onePacket: false,
          servers: [
            {
              address: '10.0.0.1',
              port: 8080,
              forwarding: 'masquerade',
              weight: 5,
              upperThreshold: 100,
              lowerThreshold: 50,
              activeConnections: 1,
              inactiveConnections: 2,
              persistentConnections: 3,
            },
            {
              address: '2001:db8::9',
              port: 80,
              forwarding: 'tunnel',
              tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
              weight: 1,
              upperThreshold: 0,
              lowerThreshold: 0,
              ...counts,
            },
          ],
        },
        {
          fwmark: 4294967295,
          family: 'inet6',
          scheduler: 'rr',
          schedulerFlags: [],
          onePacket: true,
          servers: [],
        },
      ],
    });
  });

  it('identifies protocols without a name by their numbers', () => {
    const foreign = service({ ...tcp('192.0.2.1', 80), protocol: 'ip_47' }, {});
    const document = tableDocument([{ service: foreign, destinations: [] }], info, plain);
    assert.match(JSON.stringify(printed(document)), /"protocol":"ip_47"/);
  });

  it('contains counters as numbers, or as strings if a number would not be exact', () => {
    const { services = [] } = tableDocument(table, info, { ...plain, stats: true, rates: true });
    assert.deepEqual(services[0]?.stats, {
      connections: 9007199254740991,
      inPackets: 0,
      outPackets: 0,
      inBytes: '9007199254740992',
      outBytes: 0,
    });
    assert.equal(services[0]?.rates?.outBytes, 7);
    assert.equal(counterValue(2n ** 64n - 1n), '18446744073709551615');
  });

  it('contains host and port names in addition to the numbers', () => {
    const names = { host: () => 'www.example.com', port: () => 'http' };
    const { services = [] } = tableDocument(table, info, { ...plain, names });
    const { address, port, hostName, portName } = services[0]?.servers[0] ?? assert.fail();
    assert.deepEqual([address, port, hostName, portName], ['10.0.0.1', 8080, 'www.example.com', 'http']);
  });

  it('violates the schema with an unknown or missing field', () => {
    const { ipvs, services = [] } = tableDocument(table, info, plain);
    assert.throws(() => assertDocument({ services }));
    assert.throws(() => assertDocument({ ipvs, services: [{ ...services[1], weight: 1 }] }));
    assert.throws(() => assertDocument({ ipvs, services: [{ ...services[1], scheduler: undefined }] }));
  });

  it('is indented by two spaces', () => {
    assert.equal(documentText({ daemons: [] }), '{\n  "daemons": []\n}\n');
  });
});

describe('daemonsDocument', () => {
  it('omits fields that an old kernel does not send', () => {
    const daemon = { role: 'master', interface: 'eth0', syncId: 1 } as const;
    assert.deepEqual(printed(daemonsDocument([daemon])), { daemons: [daemon] });
  });
});

describe('connectionObject', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-json-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Returns the JSON objects of connections, given as lines of `/proc/net/ip_vs_conn`. */
  function objects(...lines: readonly string[]) {
    const file = join(folder, 'ip_vs_conn');
    writeFileSync(file, ['Pro FromIP   FPrt', ...lines, ''].join('\n'), 'latin1');
    const names = { host: () => undefined, port: () => undefined };
    return [...readConnections(file)].flat().map((connection) => {
      const value: unknown = JSON.parse(lineText(connectionObject(connection, names)));
      assertConnection(value);
      return value;
    });
  }

  it('contains client, virtual service and real server', () => {
    assert.deepEqual(objects('TCP C0A80001 C001 C0000201 0050 0A000001 1F90 ESTABLISHED     897'), [
      {
        protocol: 'tcp',
        state: 'ESTABLISHED',
        expires: 897,
        client: { address: '192.168.0.1', port: 49153 },
        virtual: { address: '192.0.2.1', port: 80 },
        server: { address: '10.0.0.1', port: 8080 },
      },
    ]);
  });

  it('contains the firewall mark in persistence templates', () => {
    const [inet, inet6] = objects(
      'IP  C0A80001 0000 FFFFFFFF 0000 0A000001 0000 NONE            42',
      'IP  2001:0db8:0000:0000:0000:0000:0000:0001 0000 0000:0007:0000:0000:0000:0000:0000:0000 0000 ' +
        '2001:0db8:0000:0000:0000:0000:0000:0009 0000 NONE            42',
    ) as { virtual: unknown }[];
    assert.deepEqual(inet?.virtual, { fwmark: 4294967295 });
    assert.deepEqual(inet6?.virtual, { fwmark: 7 });
  });

  it('escapes control characters in persistence data, which clients send', () => {
    const line = 'UDP C0A80001 13C4 C0000201 13C4 0A000001 13C4 UDP             299 sip \x9b2J\x7f@x';
    const [connection] = objects(line) as { persistenceData: string }[];
    assert.equal(connection?.persistenceData, '\x9b2J\x7f@x');
    assert.equal(lineText({ persistenceData: '\x9b2J\x7f@x' }), '{"persistenceData":"\\u009b2J\\u007f@x"}\n');
  });
});
