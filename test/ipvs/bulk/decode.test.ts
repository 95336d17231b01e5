import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Decoder } from '../../../src/ipvs/bulk/decode.ts';
import { DestinationArray, DestinationField } from '../../../src/ipvs/bulk/destination-array.ts';
import { addressAt, ServiceArray } from '../../../src/ipvs/bulk/service-array.ts';
import { destinationSchema } from '../../../src/ipvs/schema/destination.ts';
import { serviceSchema } from '../../../src/ipvs/schema/service.ts';
import { littleEndian } from '../../../src/netlink/byte-order.ts';
import { AF_INET, AF_INET6 } from '../../../src/netlink/constants.ts';
import { NetlinkError } from '../../../src/netlink/errors.ts';
import { MessageReader } from '../../../src/netlink/reader.ts';
import { hex } from '../../netlink/hex.ts';
import * as arbitrary from '../arbitraries.ts';
import {
  destinationAnswer,
  message,
  sentOfDestination,
  sentOfService,
  serviceAnswer,
} from '../kernel-answer.ts';
import { address, destinationSettings, noStats, serviceSettings, tcp } from '../values.ts';
import { destinationArray, serviceArray } from './arrays.ts';

const malformed = { name: 'NetlinkError', code: 'MALFORMED' };
const counts = { activeConnections: 1, inactiveConnections: 2, persistentConnections: 3 };
const webService = sentOfService({ id: tcp('10.0.0.1', 80), ...serviceSettings, stats: noStats });
const webServer = sentOfDestination({
  id: { address: address('10.0.0.2'), port: 80 },
  ...destinationSettings,
  ...counts,
  stats: noStats,
});

/** Returns an answer whose attribute `attribute` contains the bytes, given in hexadecimal. */
const answerOf = (attribute: number, bytes: string) =>
  message((writer) => writer.nested(attribute, () => writer.append(hex(bytes))));

function decodeService(message: MessageReader, services = new ServiceArray({ counters: true })) {
  new Decoder().services(message, services);
  return services;
}

function decodeDestination(
  message: MessageReader,
  servers = new DestinationArray({ counters: true }),
  family = AF_INET,
) {
  new Decoder().servers(message, servers, family);
  return servers;
}

/** Returns the bytes of the datagram that a reader reads. */
const bytesOf = ({ view }: MessageReader) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Returns a reader at the first message of a datagram that consists of these messages. */
function messageOf(...messages: Uint8Array[]): MessageReader {
  const reader = new MessageReader(Uint8Array.from(messages.flatMap((bytes) => [...bytes])));
  assert.ok(reader.next());
  return reader;
}

/** Returns the numbers of the last entry. */
function lastEntry({ entries: { numbers, width, count } }: DestinationArray | ServiceArray): number[] {
  return [...numbers.subarray((count - 1) * width, count * width)];
}

describe('Decoder', () => {
  it('decodes identities and settings of services', () => {
    const services = fc.array(fc.tuple(arbitrary.serviceId, arbitrary.serviceSettings), { maxLength: 200 });
    fc.assert(
      fc.property(services, fc.boolean(), (services, counters) => {
        const array = serviceArray(
          services.map(([id, settings]) => ({ id, ...settings, stats: noStats })),
          counters,
        );
        assert.equal(array.entries.count, services.length);
        for (const [index, [id, settings]] of services.entries()) {
          assert.deepEqual(array.id(index * array.entries.width), id);
          assert.deepEqual(array.settings(index * array.entries.width), settings);
        }
      }),
    );
  });

  it('decodes identities, settings and connection counts of servers', () => {
    const servers = fc.array(fc.tuple(arbitrary.destinationId, arbitrary.destinationSettings), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(servers, fc.boolean(), (servers, counters) => {
        const array = destinationArray(
          servers.map(([id, settings]) => ({ id, ...settings, ...counts, stats: noStats })),
          'inet',
          counters,
        );
        assert.equal(array.entries.count, servers.length);
        for (const [index, [id, settings]] of servers.entries()) {
          const base = index * array.entries.width;
          const isInet = array.entries.numbers[base + DestinationField.family] === AF_INET;
          assert.deepEqual(
            addressAt(array.entries.numbers, base + DestinationField.address, isInet),
            id.address,
          );
          assert.equal(array.entries.numbers[base + DestinationField.port], id.port);
          assert.deepEqual(array.settings(base), settings);
          for (const name of ['activeConnections', 'inactiveConnections', 'persistentConnections'] as const)
            assert.equal(array.entries.numbers[base + DestinationField[name]], counts[name]);
        }
      }),
    );
  });

  it("uses the schema's defaults for attributes that older kernels omit", () => {
    const schemas = [
      [
        serviceSchema,
        webService,
        serviceAnswer,
        (answer: MessageReader) => decodeService(answer).settings(0),
      ],
      [
        destinationSchema,
        webServer,
        destinationAnswer,
        (answer: MessageReader) => decodeDestination(answer).settings(0),
      ],
    ] as const;
    for (const [schema, sent, answer, settingsInBulk] of schemas) {
      const newer = schema.lines.filter(({ since, or }) => since !== undefined && or === undefined);
      const old = () =>
        answer({ ...sent, ...Object.fromEntries(newer.map(({ name }) => [name, undefined])) });
      assert.deepEqual(settingsInBulk(old()), schema.settingsOf(schema.decode(old(), 'inet') as never));
    }
  });

  it('skips attributes before the object', () => {
    const plain = bytesOf(serviceAnswer(webService));
    const before = hex('0500 0900 07000000  0400 0a00');
    const preceded = Uint8Array.from([...plain.subarray(0, 20), ...before, ...plain.subarray(20)]);
    new DataView(preceded.buffer).setUint32(0, preceded.length, littleEndian);
    assert.deepEqual(
      lastEntry(decodeService(messageOf(preceded))),
      lastEntry(decodeService(serviceAnswer(webService))),
    );
  });

  it('does not carry over values of the previous entry where attributes are missing', () => {
    const sent = {
      ...webServer,
      address: address('2001:db8::1'),
      family: undefined,
      'tunnel.type': undefined,
      'tunnel.port': undefined,
      'tunnel.flags': undefined,
      stats64: undefined,
      stats32: { ...noStats, connections: 7n, inBytes: 1n << 40n },
    };
    const older = () => destinationAnswer(sent);
    const all = [0xffffffffn, 1n << 63n, 3n].map((value) => ({
      id: { address: address('2001:db8::ffff'), port: 1 },
      ...destinationSettings,
      forwarding: 'tunnel' as const,
      tunnel: { type: 'gue' as const, port: 6080, flags: 3 },
      ...counts,
      stats: Object.fromEntries(
        Object.keys(noStats).map((name) => [name, value]),
      ) as unknown as typeof noStats,
    }));
    const servers = destinationArray(all, 'inet6');
    servers.entries.clear();
    decodeDestination(older(), servers, AF_INET6);
    const expected = lastEntry(decodeDestination(older(), undefined, AF_INET6));
    assert.deepEqual(lastEntry(servers), expected);
    assert.deepEqual(servers.settings(0).tunnel, { type: 'ipip', port: 0, flags: 0 });
    assert.deepEqual(
      expected.slice(DestinationField.counters, DestinationField.counters + 8),
      [7, 0, 0, 0, 0, 0, 0, 256],
    );
    assert.equal(expected[DestinationField.family], AF_INET6);
  });

  it('discards all values of a refused object', () => {
    const refused = { ...webServer, 'tunnel.type': 'gue', 'tunnel.port': 6080, weight: undefined };
    const servers = new DestinationArray({ counters: true });
    assert.throws(() => decodeDestination(destinationAnswer(refused), servers), malformed);
    const plain = { ...webServer, 'tunnel.type': undefined, 'tunnel.port': undefined };
    decodeDestination(destinationAnswer(plain), servers);
    assert.deepEqual(lastEntry(servers), lastEntry(decodeDestination(destinationAnswer(plain))));
  });

  it('decodes different scheduler names in succession', () => {
    const decoder = new Decoder();
    const services = new ServiceArray({ counters: true });
    const names = ['rr', 'wrr', 'rr', 'rr', 'lblc', 'lblcr', 'lblc', 'wrr'];
    for (const scheduler of names) decoder.services(serviceAnswer({ ...webService, scheduler }), services);
    const { width } = services.entries;
    assert.deepEqual(
      names.map((_, index) => services.settings(index * width).scheduler),
      names,
    );
  });

  it('uses 32-bit counters only if there are no 64-bit counters', () => {
    const stats32 = { ...noStats, connections: 5n };
    const stats64 = { ...noStats, connections: 1n << 40n };
    const place = (array: ServiceArray) => lastEntry(array).slice(-20, -18);
    assert.deepEqual(place(decodeService(serviceAnswer({ ...webService, stats32, stats64 }))), [0, 256]);
    assert.deepEqual(
      place(decodeService(serviceAnswer({ ...webService, stats32, stats64: undefined }))),
      [5, 0],
    );
  });

  it('ignores unknown attributes', () => {
    const attributes = `0600 0100 0200 0000  0600 0200 0600 0000  1400 0300 0a000001 00000000 00000000 00000000
      0600 0400 0050 0000  0700 0600 7272 00 00  0c00 0700 00000000 ffffffff  0800 ff00 01020304
      0800 2300 01020304   0800 0800 00000000   0800 0900 ffffffff`;
    const services = new ServiceArray({ counters: false });
    decodeService(answerOf(1, attributes), services);
    assert.deepEqual(services.id(0), tcp('10.0.0.1', 80));
    assert.deepEqual(services.settings(0), serviceSettings);
  });

  it('refuses an answer without an attribute that every kernel sends, and adds no entry', () => {
    const services = new ServiceArray({ counters: true });
    const lacking = [
      'family',
      'protocol',
      'address',
      'port',
      'scheduler',
      'flags',
      'timeout',
      'netmask',
      'stats64',
    ];
    for (const field of lacking) {
      const service = { ...webService, [field]: undefined };
      assert.throws(() => decodeService(serviceAnswer(service), services), malformed, field);
    }
    const servers = new DestinationArray({ counters: true });
    const ofServer = [
      'address',
      'port',
      'forwarding',
      'weight',
      'upperThreshold',
      'lowerThreshold',
      'stats64',
    ];
    for (const field of [...ofServer, ...Object.keys(counts)]) {
      const destination = { ...webServer, [field]: undefined };
      assert.throws(() => decodeDestination(destinationAnswer(destination), servers), malformed, field);
    }
    assert.throws(
      () =>
        decodeService(
          message(() => {}),
          services,
        ),
      malformed,
    );
    assert.throws(
      () =>
        decodeDestination(
          message(() => {}),
          servers,
        ),
      malformed,
    );
    assert.deepEqual([services.entries.count, servers.entries.count], [0, 0]);
  });

  it('requires no counters if they are not requested', () => {
    const services = new ServiceArray({ counters: false });
    decodeService(serviceAnswer({ ...webService, stats64: undefined }), services);
    const servers = new DestinationArray({ counters: false });
    decodeDestination(destinationAnswer({ ...webServer, stats64: undefined }), servers);
    assert.deepEqual([services.entries.count, servers.entries.count], [1, 1]);
  });

  it('requires no address for a service by firewall mark', () => {
    const id = { kind: 'fwmark', family: 'inet6', fwmark: 0xffffffff } as const;
    const service = sentOfService({ id, ...serviceSettings, netmask: 128, stats: noStats });
    assert.deepEqual(decodeService(serviceAnswer(service)).id(0), id);
  });

  it('refuses unknown forwarding methods, families and tunnel types', () => {
    const change = (message: MessageReader, header: string, value: number) => {
      const bytes = new Uint8Array(message.view.buffer);
      bytes[Buffer.from(bytes).indexOf(hex(header)) + 4] = value;
      return message;
    };
    const forwarding = change(destinationAnswer(webServer), '0800 0300', 7);
    assert.throws(() => decodeDestination(forwarding), malformed);
    const family = change(serviceAnswer(webService), '0600 0100', 3);
    assert.throws(() => decodeService(family), malformed);
    const tunnel = destinationAnswer({ ...webServer, 'tunnel.type': 'gue', 'tunnel.port': 1 });
    assert.throws(() => decodeDestination(change(tunnel, '0500 0d00', 9)), malformed);
  });

  it('refuses values that are too short, and lengths beyond the end or shorter than the header', () => {
    for (const bytes of [
      '0500 0100 01 000000',
      '0700 0800 010203 00',
      '1300 0300 00000001 00000002 00000003 000000 00',
      '0900 0800 01020304',
      '0300 0100',
      '0000 0000',
      '0400',
    ]) {
      assert.throws(() => decodeService(answerOf(1, bytes)), malformed, bytes);
    }
  });

  it('terminates on arbitrary bytes, and throws nothing but MALFORMED', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), fc.constantFrom(1, 2), (bytes, attribute) => {
        const inside = Buffer.from(bytes).toString('hex');
        try {
          if (attribute === 1) decodeService(answerOf(attribute, inside));
          else decodeDestination(answerOf(attribute, inside));
        } catch (error) {
          assert.ok(error instanceof NetlinkError && error.code === 'MALFORMED');
        }
      }),
    );
  });

  describe('in a datagram of several messages', () => {
    const serviceAt = (port: number) => bytesOf(serviceAnswer({ ...webService, port }));
    const [first, second, third] = [1, 2, 3].map(serviceAt) as [Uint8Array, Uint8Array, Uint8Array];
    const ports = (services: ServiceArray) =>
      Array.from({ length: services.entries.count }, (_, index) => {
        const id = services.id(index * services.entries.width);
        return id.kind === 'address' && id.port;
      });

    it('decodes all messages of one answer, and leaves the reader before the next', () => {
      const places = { type: 4, flags: 6, sequence: 8, port: 12 };
      for (const [name, place] of Object.entries(places)) {
        const other = third.slice();
        other[place] = 0x42;
        const message = messageOf(first, second, other);
        assert.deepEqual(ports(decodeService(message)), [1, 2], name);
        assert.ok(message.next());
        assert.equal(message[name as keyof typeof places] & 0xff, 0x42);
        assert.equal(message.next(), false);
      }
    });

    it('adds no entry if one of the messages is incomplete', () => {
      const without = bytesOf(serviceAnswer({ ...webService, port: undefined }));
      const services = decodeService(messageOf(first));
      assert.throws(() => decodeService(messageOf(second, without, third), services), malformed);
      assert.deepEqual(ports(services), [1]);
    });

    it('leaves messages with a wrong length or a truncated header to the reader', () => {
      for (const length of [0, 15, second.length + 4, 0xffffffff]) {
        const corrupted = second.slice();
        new DataView(corrupted.buffer).setUint32(0, length, littleEndian);
        const message = messageOf(first, corrupted);
        assert.deepEqual(ports(decodeService(message)), [1], String(length));
        assert.throws(() => message.next(), malformed);
      }
      const message = messageOf(first, second.subarray(0, 12));
      assert.deepEqual(ports(decodeService(message)), [1]);
      assert.throws(() => message.next(), malformed);
    });
  });

  it('decodes at any offset, from one buffer after another', () => {
    const decoder = new Decoder();
    const services = new ServiceArray({ counters: true });
    for (let shift = 0; shift < 9; shift++) {
      const message = serviceAnswer(webService);
      const datagram = new Uint8Array(message.view.buffer);
      const buffer = new Uint8Array(datagram.length + 16).fill(0xee);
      buffer.set(datagram, shift);
      const moved = new MessageReader(buffer.subarray(shift, shift + datagram.length));
      assert.ok(moved.next());
      decoder.services(moved, services);
      assert.deepEqual(services.id(shift * services.entries.width), tcp('10.0.0.1', 80));
    }
  });

  it('decodes at one offset after another in the same buffer', () => {
    const decoder = new Decoder();
    const services = new ServiceArray({ counters: true });
    const datagram = bytesOf(serviceAnswer(webService));
    const buffer = new Uint8Array(datagram.length + 16);
    const reader = new MessageReader();
    for (const shift of [0, 4, 1, 8, 2, 3, 0]) {
      buffer.fill(0xee).set(datagram, shift);
      assert.ok(reader.moveTo(buffer, shift, shift + datagram.length).next());
      decoder.services(reader, services);
      assert.deepEqual(
        services.id((services.entries.count - 1) * services.entries.width),
        tcp('10.0.0.1', 80),
      );
    }
  });

  it('decodes a number at the very end of the buffer', () => {
    const flags = '0600 0f00 0301';
    const sent = { ...webServer, 'tunnel.flags': undefined, stats64: undefined };
    const padded = bytesOf(destinationAnswer(sent));
    const longer = Uint8Array.from([...padded, ...hex(flags)]);
    const lengths = new DataView(longer.buffer);
    lengths.setUint32(0, longer.length, littleEndian);
    lengths.setUint16(20, longer.length - 20, littleEndian);
    const servers = new DestinationArray({ counters: false });
    decodeDestination(messageOf(longer), servers);
    assert.equal(servers.settings(0).tunnel.flags, 0x103);
  });
});
