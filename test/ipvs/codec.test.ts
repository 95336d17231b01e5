import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Family } from '../../src/ipvs/address.ts';
import { commandTable } from '../../src/ipvs/codec/command.ts';
import { copyDestination, copyService } from '../../src/ipvs/codec/copies.ts';
import { daemonTable, fromDaemon, toDaemon } from '../../src/ipvs/codec/daemon.ts';
import { fromDestination } from '../../src/ipvs/codec/destination.ts';
import { DestinationRows } from '../../src/ipvs/codec/destination-rows.ts';
import { infoTable, toInfo } from '../../src/ipvs/codec/info.ts';
import { fromService, fromServiceId, serviceTable } from '../../src/ipvs/codec/service.ts';
import { ServiceRows } from '../../src/ipvs/codec/service-rows.ts';
import type { Rows, Table, Values } from '../../src/ipvs/codec/table.ts';
import { timeoutsTable, toTimeouts } from '../../src/ipvs/codec/timeouts.ts';
import type { Destination, Service } from '../../src/ipvs/model.ts';
import { AttributeReader, type MessageReader } from '../../src/netlink/reader.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from '../netlink/hex.ts';
import { answer } from './answer.ts';
import * as arbitrary from './arbitraries.ts';
import { address, destinationSettings, noStats, serviceSettings, tcp } from './values.ts';

const malformed = { code: 'MALFORMED' };

/** A reader of the attributes in `bytes`. */
function attributes(bytes: Uint8Array): AttributeReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new AttributeReader(view, 0, bytes.byteLength);
}

/** What a table reads of what it has written. */
function throughBytes<R extends Rows>(table: Table<R>, record: Values<R>): Values<R> {
  return table.decode(attributes(bytesOf(table, record)));
}

/** What a table writes. */
function bytesOf<R extends Rows>(table: Table<R>, record: Values<R>): Uint8Array {
  const writer = new MessageWriter();
  table.encode(writer, record);
  return writer.bytes;
}

function toService(message: MessageReader): Service {
  const rows = new ServiceRows();
  return copyService(rows.at(rows.add(message)));
}

function toDestination(message: MessageReader, serviceFamily: Family): Destination {
  const rows = new DestinationRows();
  return copyDestination(rows.at(rows.add(message, serviceFamily)));
}

const counts = { activeConnections: 1, inactiveConnections: 2, persistentConnections: 3 };

describe('codec', () => {
  it('reads back every service', () => {
    fc.assert(
      fc.property(
        arbitrary.serviceId,
        arbitrary.serviceSettings,
        arbitrary.stats,
        (id, settings, stats64) => {
          const message = answer({ service: { ...fromService(id, settings), stats64 } });
          assert.deepEqual(toService(message), { id, ...settings, stats: stats64 });
        },
      ),
    );
  });

  it('reads back every real server', () => {
    fc.assert(
      fc.property(
        arbitrary.destinationId,
        arbitrary.destinationSettings,
        arbitrary.stats,
        (id, settings, stats64) => {
          const message = answer({ destination: { ...fromDestination(id, settings), ...counts, stats64 } });
          assert.deepEqual(toDestination(message, 'inet'), { id, ...settings, ...counts, stats: stats64 });
        },
      ),
    );
  });

  it('keeps real servers apart', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.destinationId, { maxLength: 40 }), (ids) => {
        const rows = new DestinationRows();
        const sent = { ...destinationSettings, ...counts, stats64: noStats };
        for (const [index, id] of ids.entries()) {
          const message = answer({ destination: { ...fromDestination(id, destinationSettings), ...sent } });
          assert.equal(rows.add(message, 'inet'), index);
        }
        for (const [index, id] of ids.entries()) {
          assert.deepEqual(rows.at(index).id, id);
          assert.equal(rows.isInet(index), id.address.family === 'inet');
          assert.equal(rows.port(index), id.port);
          for (const word of [0, 1, 2, 3]) {
            assert.equal(rows.addressWord(index, word), id.address.word(word));
          }
        }
      }),
    );
  });

  it('keeps services apart', () => {
    const entries = fc.array(fc.tuple(arbitrary.serviceId, arbitrary.serviceSettings), { maxLength: 200 });
    fc.assert(
      fc.property(entries, (entries) => {
        const rows = new ServiceRows({ counters: false });
        for (const [index, [id, settings]] of entries.entries()) {
          const message = answer({ service: { ...fromService(id, settings), stats64: noStats } });
          assert.equal(rows.add(message), index);
        }
        for (const [index, [id, { scheduler, persistenceEngine }]] of entries.entries()) {
          const service = rows.at(index);
          assert.deepEqual(service.id, id);
          assert.equal(service.scheduler, scheduler);
          assert.equal(service.persistenceEngine, persistenceEngine);
          const address = id.kind === 'address' ? id.address : undefined;
          assert.equal(rows.isInet(index), address?.family === 'inet');
          assert.equal(rows.port(index), id.kind === 'address' ? id.port : 0);
          assert.equal(rows.fwmark(index), id.kind === 'fwmark' ? id.fwmark : 0);
          assert.equal(rows.protocol(index), id.kind === 'address' ? id.protocol : undefined);
          for (const word of [0, 1, 2, 3]) {
            assert.equal(rows.addressWord(index, word), address?.word(word) ?? 0);
          }
        }
      }),
    );
  });

  it('writes which service is meant as it does for one that is no row', () => {
    fc.assert(
      fc.property(arbitrary.serviceId, arbitrary.serviceSettings, (id, settings) => {
        const rows = new ServiceRows();
        const row = rows.add(answer({ service: { ...fromService(id, settings), stats64: noStats } }));
        const [written, expected] = [new MessageWriter(), new MessageWriter()];
        rows.writeId(row, written);
        commandTable.encode(expected, { service: fromServiceId(id) });
        assert.deepEqual(written.bytes, expected.bytes);
      }),
    );
  });

  it('gives no counters where none were wanted', () => {
    const service = { ...fromService(tcp('10.0.0.1', 80), serviceSettings), stats64: noStats };
    const services = new ServiceRows({ counters: false });
    assert.throws(() => services.at(services.add(answer({ service }))).stats.connections, RangeError);
    const id = { address: address('10.0.0.1'), port: 80 };
    const destination = { ...fromDestination(id, destinationSettings), ...counts, stats64: noStats };
    const servers = new DestinationRows({ counters: false });
    const server = servers.at(servers.add(answer({ destination }), 'inet'));
    assert.equal(server.weight, destinationSettings.weight);
    assert.throws(() => server.stats.connections, RangeError);
  });

  it('adds no row for an answer that it refuses', () => {
    const service = { ...fromService(tcp('10.0.0.1', 80), serviceSettings), stats64: noStats };
    const rows = new ServiceRows();
    assert.throws(() => rows.add(answer({})), malformed);
    assert.equal(rows.add(answer({ service })), 0);
  });

  it('reads back every daemon', () => {
    fc.assert(
      fc.property(arbitrary.daemon, (daemon) => {
        assert.deepEqual(toDaemon(throughBytes(daemonTable, fromDaemon(daemon))), daemon);
      }),
    );
  });

  it('reads back timeouts', () => {
    const timeouts = { tcp: 900, tcpFin: 120, udp: 0xffffffff };
    assert.deepEqual(toTimeouts(throughBytes(timeoutsTable, timeouts)), timeouts);
  });

  it('unpacks the version', () => {
    const info = toInfo(infoTable.decode(attributes(hex('0800 0100 01020100 0800 0200 00100000'))));
    assert.deepEqual(info, { version: { major: 1, minor: 2, patch: 1 }, connectionTableSize: 4096 });
  });

  it('reads 32-bit statistics, whose bytes have 64', () => {
    const stats = `0800 0100 01000000  0800 0200 02000000  0800 0300 ffffffff
                   0c00 0400 ffffffffffffffff              0c00 0500 0000000001000000
                   0800 0600 06000000  0800 0700 07000000  0800 0800 08000000
                   0800 0900 09000000  0800 0a00 0a000000`;
    const service = `0600 0100 0200 0000  0600 0200 0600 0000  1400 0300 0a000001 00000000 00000000 00000000
                     0600 0400 0050 0000  0700 0600 7272 00 00  0c00 0700 00000000 ffffffff
                     0800 0800 00000000   0800 0900 ffffffff   5c00 0a80 ${stats}`;
    assert.deepEqual(toService(answer({ attribute: 1, bytes: service })), {
      id: tcp('10.0.0.1', 80),
      ...serviceSettings,
      stats: {
        connections: 1n,
        inPackets: 2n,
        outPackets: 0xffffffffn,
        inBytes: 0xffffffffffffffffn,
        outBytes: 1n << 32n,
        connectionRate: 6n,
        inPacketRate: 7n,
        outPacketRate: 8n,
        inByteRate: 9n,
        outByteRate: 10n,
      },
    });
  });

  it('prefers 64-bit statistics', () => {
    const stats64 = { ...noStats, connections: 1n << 40n };
    const service = { ...fromService(tcp('10.0.0.1', 80), serviceSettings), stats32: noStats, stats64 };
    assert.equal(toService(answer({ service })).stats.connections, 1n << 40n);
  });

  it('takes the family of a real server from its service, and no tunnel, where a kernel tells neither', () => {
    const { family, tunnelType, tunnelPort, tunnelFlags, ...sent } = {
      ...fromDestination({ address: address('2001:db8::1'), port: 80 }, destinationSettings),
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats32: noStats,
    };
    const destination = toDestination(answer({ destination: sent }), 'inet6');
    assert.equal(destination.id.address.text, '2001:db8::1');
    assert.deepEqual(destination.tunnel, { type: 'ipip', port: 0, flags: 0 });
  });

  it('passes over attributes it does not know', () => {
    const record = timeoutsTable.decode(attributes(hex('0800 ff00 01020304 0800 0400 84030000 0400 0100')));
    assert.deepEqual(record, { tcp: 900 });
  });

  it('refuses an answer that lacks what every kernel sends', () => {
    const lone = { ...fromServiceId(tcp('10.0.0.1', 80)), stats32: noStats };
    assert.throws(() => toService(answer({ service: lone })), malformed);
    const service = { ...fromService(tcp('10.0.0.1', 80), serviceSettings), stats32: noStats };
    assert.equal(toService(answer({ service })).scheduler, 'rr');
    for (const field of ['family', 'protocol', 'inetAddress', 'scheduler', 'netmask', 'stats32'] as const) {
      assert.throws(
        () => toService(answer({ service: { ...service, [field]: undefined } })),
        malformed,
        field,
      );
    }
    const id = { address: address('10.0.0.1'), port: 80 };
    const destination = { ...fromDestination(id, destinationSettings), ...counts, stats64: noStats };
    for (const field of ['inetAddress', 'port', 'weight', 'activeConnections', 'stats64'] as const) {
      const lacking = answer({ destination: { ...destination, [field]: undefined } });
      assert.throws(() => toDestination(lacking, 'inet'), malformed, field);
    }
    assert.throws(() => toService(answer({})), malformed);
    assert.throws(() => toDestination(answer({}), 'inet'), malformed);
  });

  it('asks of a service by firewall mark for no address', () => {
    const id = { kind: 'fwmark', family: 'inet6', fwmark: 0xffffffff } as const;
    const settings = { ...serviceSettings, netmask: 128 };
    const message = answer({ service: { ...fromService(id, settings), stats64: noStats } });
    assert.deepEqual(toService(message).id, id);
  });

  it('refuses numbers without a name', () => {
    const id = { address: address('10.0.0.1'), port: 80 };
    const sent = { ...fromDestination(id, destinationSettings), ...counts, stats64: noStats };
    const message = answer({ destination: sent });
    const bytes = new Uint8Array(message.header(0).buffer);
    // The forwarding method: attribute 3, a number of 32 bits.
    const at = Buffer.from(bytes).indexOf(hex('0800 0300 00000000'));
    bytes[at + 4] = 7;
    assert.throws(() => toDestination(message, 'inet'), malformed);
    assert.throws(() => serviceTable.decode(attributes(hex('0600 0100 0300 0000'))), malformed);
  });
});
