import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Family } from '../../src/ipvs/address.ts';
import { daemonTable, fromDaemon, toDaemon } from '../../src/ipvs/codec/daemon.ts';
import {
  copyDestination,
  type DestinationRecord,
  destinationTable,
  fromDestination,
  LentDestination,
} from '../../src/ipvs/codec/destination.ts';
import { infoTable, toInfo } from '../../src/ipvs/codec/info.ts';
import {
  copyService,
  fromService,
  fromServiceId,
  LentService,
  type ServiceRecord,
  serviceTable,
} from '../../src/ipvs/codec/service.ts';
import { copyStats, LentStats, stats32Table } from '../../src/ipvs/codec/stats.ts';
import type { Rows, Table, Values } from '../../src/ipvs/codec/table.ts';
import { timeoutsTable, toTimeouts } from '../../src/ipvs/codec/timeouts.ts';
import { AttributeReader } from '../../src/netlink/reader.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from '../netlink/hex.ts';
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

const toService = (record: ServiceRecord) => copyService(new LentService().turnTo(record));

const toDestination = (record: DestinationRecord, serviceFamily: Family) =>
  copyDestination(new LentDestination().turnTo(record, serviceFamily));

describe('codec', () => {
  it('reads back every service', () => {
    fc.assert(
      fc.property(
        arbitrary.serviceId,
        arbitrary.serviceSettings,
        arbitrary.stats,
        (id, settings, stats64) => {
          const record = throughBytes(serviceTable, { ...fromService(id, settings), stats64 });
          assert.deepEqual(toService(record), { id, ...settings, stats: stats64 });
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
          const counts = { activeConnections: 1, inactiveConnections: 2, persistentConnections: 3 };
          const sent = { ...fromDestination(id, settings), ...counts, stats64 };
          const record = throughBytes(destinationTable, sent);
          assert.deepEqual(toDestination(record, 'inet'), { id, ...settings, ...counts, stats: stats64 });
        },
      ),
    );
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
    const record = stats32Table.decode(
      attributes(
        hex(`0800 0100 01000000  0800 0200 02000000  0800 0300 ffffffff
             0c00 0400 ffffffffffffffff              0c00 0500 0000000001000000
             0800 0600 06000000  0800 0700 07000000  0800 0800 08000000
             0800 0900 09000000  0800 0a00 0a000000`),
      ),
    );
    assert.deepEqual(copyStats(new LentStats().turnTo({ stats32: record })), {
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
    });
  });

  it('prefers 64-bit statistics', () => {
    const stats64 = { ...noStats, connections: 1n << 40n };
    assert.equal(new LentStats().turnTo({ stats32: noStats, stats64 }).connections, 1n << 40n);
  });

  it('takes the family of a real server from its service, and no tunnel, where a kernel tells neither', () => {
    const { family, tunnelType, tunnelPort, tunnelFlags, ...sent } = {
      ...fromDestination({ address: address('2001:db8::1'), port: 80 }, destinationSettings),
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats32: noStats,
    };
    const destination = toDestination(throughBytes(destinationTable, sent), 'inet6');
    assert.equal(destination.id.address.text, '2001:db8::1');
    assert.deepEqual(destination.tunnel, { type: 'ipip', port: 0, flags: 0 });
  });

  it('passes over attributes it does not know', () => {
    const record = timeoutsTable.decode(attributes(hex('0800 ff00 01020304 0800 0400 84030000 0400 0100')));
    assert.deepEqual({ ...record }, { tcp: 900, tcpFin: undefined, udp: undefined });
  });

  it('refuses an answer that lacks what every kernel sends', () => {
    const record = throughBytes(serviceTable, {
      ...fromServiceId(tcp('10.0.0.1', 80)),
      stats32: noStats,
    });
    assert.throws(() => toService(record), malformed);
    const complete = { ...fromService(tcp('10.0.0.1', 80), serviceSettings), stats32: noStats };
    assert.equal(toService(complete).scheduler, 'rr');
    for (const field of ['family', 'protocol', 'inetAddress', 'scheduler', 'netmask', 'stats32'] as const) {
      assert.throws(() => toService({ ...complete, [field]: undefined }), malformed, field);
    }
  });

  it('refuses numbers without a name', () => {
    assert.throws(() => serviceTable.decode(attributes(hex('0600 0100 0300 0000'))).family, malformed);
    assert.throws(() => destinationTable.decode(attributes(hex('0800 0300 07000000'))).forwarding, malformed);
  });

  it('refuses an address too short for its family', () => {
    const short = (bytes: string) => serviceTable.decode(attributes(hex(bytes)));
    assert.throws(() => short('0700 0300 0a0000 00').inetAddress, malformed);
    assert.throws(() => short('0800 0300 0a000001').inet6Address, malformed);
  });

  it('lends a record until it decodes the next', () => {
    const record = timeoutsTable.decode(attributes(hex('0800 0400 84030000')));
    assert.equal(record.tcp, 900);
    timeoutsTable.decode(attributes(hex('0800 0500 78000000')));
    assert.deepEqual({ ...record }, { tcp: undefined, tcpFin: 120, udp: undefined });
  });
});
