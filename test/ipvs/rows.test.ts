import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromDestination } from '../../src/ipvs/codec/destination.ts';
import { DestinationRows } from '../../src/ipvs/codec/destination-rows.ts';
import { fromService } from '../../src/ipvs/codec/service.ts';
import { ServiceRows } from '../../src/ipvs/codec/service-rows.ts';
import { serviceSchema } from '../../src/ipvs/schema/service.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { answer } from './answer.ts';
import * as arbitrary from './arbitraries.ts';
import { address, destinationSettings, noStats, serviceSettings, tcp } from './values.ts';

const malformed = { code: 'MALFORMED' };

const counts = { activeConnections: 1, inactiveConnections: 2, persistentConnections: 3 };

describe('rows', () => {
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
        serviceSchema.write(expected, id);
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
});
